// The visible part of a terminal as text, and as a picture drawn from its cells: the page's own pixels cannot be read by a script.

const CELL = { width: 8, height: 17 };
const FONT = '13px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace';
const MOST_CELLS = 40_000;
const MOST_CHARS = 2 * 1024 * 1024;
const STEPS = [0, 95, 135, 175, 215, 255];
const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];
const NAMED = [...NAMES, ...NAMES.map((name) => `bright${name[0].toUpperCase()}${name.slice(1)}`)];

/** The lines one sees, from top to bottom, without the blanks at their ends. */
export function textOf(terminal) {
  const buffer = terminal.buffer.active;
  const lines = [];
  for (let row = 0; row < terminal.rows; row++) lines.push(buffer.getLine(buffer.viewportY + row)?.translateToString(true) ?? '');
  return lines;
}

/** @param {(width: number, height: number) => HTMLCanvasElement} canvas @returns {string|null} A PNG as a data address; null: it would be too large. */
export function pictureOf(terminal, canvas) {
  if (terminal.cols * terminal.rows > MOST_CELLS) return null;
  const sheet = canvas(terminal.cols * CELL.width, terminal.rows * CELL.height);
  const pen = sheet.getContext('2d');
  const colours = { background: '#000000', foreground: '#ffffff', ...terminal.options.theme };
  pen.fillStyle = colours.background;
  pen.fillRect(0, 0, sheet.width, sheet.height);
  pen.textBaseline = 'middle';
  const buffer = terminal.buffer.active;
  for (let row = 0; row < terminal.rows; row++) drawLine(pen, buffer.getLine(buffer.viewportY + row), row, terminal.cols, colours);
  drawCursor(pen, terminal, buffer, colours);
  const address = sheet.toDataURL('image/png');
  return address.length <= MOST_CHARS ? address : null;
}

function drawLine(pen, line, row, columns, colours) {
  for (let column = 0; line && column < columns; column++) {
    const cell = line.getCell(column);
    const width = cell?.getWidth() ?? 0;
    if (width === 0) continue;
    const { ink, paper } = shades(cell, colours);
    const [x, y] = [column * CELL.width, row * CELL.height];
    if (paper !== colours.background) {
      pen.fillStyle = paper;
      pen.fillRect(x, y, width * CELL.width, CELL.height);
    }
    drawLetters(pen, cell, ink, x, y, width);
  }
}

function drawLetters(pen, cell, ink, x, y, width) {
  pen.fillStyle = ink;
  if (cell.isUnderline()) pen.fillRect(x, y + CELL.height - 2, width * CELL.width, 1);
  const letters = cell.getChars();
  if (letters === '' || letters === ' ' || cell.isInvisible()) return;
  pen.globalAlpha = cell.isDim() ? 0.6 : 1;
  pen.font = `${cell.isItalic() ? 'italic ' : ''}${cell.isBold() ? 'bold ' : ''}${FONT}`;
  pen.fillText(letters, x, y + CELL.height / 2, width * CELL.width);
  pen.globalAlpha = 1;
}

function drawCursor(pen, terminal, buffer, colours) {
  const row = buffer.baseY + buffer.cursorY - buffer.viewportY;
  if (row < 0 || row >= terminal.rows) return;
  pen.strokeStyle = colours.foreground;
  pen.strokeRect(buffer.cursorX * CELL.width + 0.5, row * CELL.height + 0.5, CELL.width - 1, CELL.height - 1);
}

function shades(cell, colours) {
  const ink = cell.isFgDefault() ? colours.foreground : colour(cell.getFgColor(), cell.isFgRGB(), colours);
  const paper = cell.isBgDefault() ? colours.background : colour(cell.getBgColor(), cell.isBgRGB(), colours);
  return cell.isInverse() ? { ink: paper, paper: ink } : { ink, paper };
}

/** A colour as xterm holds it: 24 bits, or a place in the palette of 256 (16 named, a cube of 6×6×6, 24 greys). */
export function colour(value, isRgb, named) {
  if (isRgb) return `#${value.toString(16).padStart(6, '0')}`;
  if (value < 16) return named[NAMED[value]] ?? named.foreground;
  if (value >= 232) return `rgb(${Array(3).fill(8 + (value - 232) * 10).join(' ')})`;
  const place = value - 16;
  return `rgb(${[Math.floor(place / 36), Math.floor(place / 6) % 6, place % 6].map((step) => STEPS[step]).join(' ')})`;
}
