// What is seen of a terminal: xterm.js, with fit, search, links, copying and pasting. It knows no stream.
import { FitAddon } from '@xterm/addon-fit';
import { SearchAddon } from '@xterm/addon-search';
import { Unicode11Addon } from '@xterm/addon-unicode11';
import { WebLinksAddon } from '@xterm/addon-web-links';
import { Terminal } from '@xterm/xterm';
import { isForProgram } from './captured.js';
import { open as openLink, openSeen, safe } from './links.js';
import { holdAnswers } from './quiet.js';
import { withSheets } from './sheets.js';
import { font, theme } from './theme.js';
import { scrollByTouch } from './touch.js';

const FONT_PX = 13;
const LEAST_FONT_PX = 8;
const FIRST = { cols: 100, rows: 30 }; // TerminalSize.Default
const SETTLE_MS = 80; // of a window that is being drawn larger
const MARKS = { matchOverviewRuler: '#0000', activeMatchColorOverviewRuler: '#0000' };

export class TerminalScreen {
  #fit = new FitAddon();
  #search = new SearchAddon();
  #replaying = 0;
  #inControl = false;
  #settle = null;
  #undo = [];
  #size = null;
  #asked = '';
  #behind = true;
  #held = false;

  /**
   * @param {HTMLElement} host An empty element of some size.
   * @param {object} by
   * @param {(text: string, binary: boolean) => void} by.typed
   * @param {(cols: number, rows: number) => void} by.resized Only while in control.
   * @param {(text: string) => void} by.pasted
   * @param {{leave?: () => void, copy?: () => void, find?: () => void}} [by.keys] What the keys do that are not the program's.
   * @param {boolean} [by.shown] Nothing is ever typed here.
   * @param {(address: string|null) => void} [by.pointed] At a link.
   * @param {() => void} [by.sized] It shows more or fewer characters than before.
   */
  constructor(host, { typed, resized, pasted, keys = {}, shown = false, pointed = () => {}, sized = () => {}, screenReader = false }) {
    this.host = host;
    this.resized = resized;
    this.terminal = new Terminal({
      allowProposedApi: true, ...FIRST, scrollback: 5_000, fontFamily: font(), fontSize: FONT_PX, lineHeight: 1.2, theme: theme(),
      disableStdin: shown, minimumContrastRatio: 4.5, screenReaderMode: screenReader, macOptionIsMeta: true, cursorBlink: false,
      linkHandler: { activate: openSeen(pointed), hover: (_, text) => pointed(safe(text)), leave: () => pointed(null), allowNonHttpProtocols: true },
    });
    for (const addon of [this.#fit, this.#search, new Unicode11Addon()]) this.terminal.loadAddon(addon);
    this.terminal.unicode.activeVersion = '11';
    withSheets(() => this.terminal.open(host));
    this.terminal.loadAddon(new WebLinksAddon(openLink, { hover: (_, text) => pointed(safe(text)), leave: () => pointed(null) }));
    holdAnswers(this.terminal, () => this.#replaying > 0 || !this.#inControl);
    const acts = { leave: () => this.blur(), ...keys };
    this.terminal.attachCustomKeyEventHandler((event) => isForProgram(event, acts, shown ? 'shown' : this.#inControl ? 'typed' : 'watched'));
    // Nobody is led to where nothing can be done.
    if (shown) this.terminal.textarea.tabIndex = -1;
    this.terminal.onData((text) => typed(text, false));
    this.terminal.onBinary((text) => typed(text, true));
    this.terminal.onResize(() => sized());
    this.terminal.onCursorMove(() => this.#held && this.#toCursor());
    this.#listen(pasted);
  }

  get cols() {
    return this.terminal.cols;
  }

  get rows() {
    return this.terminal.rows;
  }

  get applicationKeys() {
    return this.terminal.modes.applicationCursorKeysMode;
  }

  /** @param {boolean} replayed Out of the record: questions in it are not answered. @returns {Promise<void>} When it is on the screen. */
  write(data, replayed = false) {
    if (replayed) this.#replaying += 1;
    return new Promise((resolve) => {
      const written = () => {
        if (replayed) this.#replaying -= 1;
        resolve();
      };
      try {
        this.terminal.write(data, written);
      } catch {
        written(); // more waits than it holds
      }
    });
  }

  /** As a line of its own, in the colour of remarks. */
  remark(text) {
    return this.write(`\r\n\x1b[0;90m${text}\x1b[0m\r\n`, true);
  }

  /** As a terminal begins: what comes next is its record from the first frame on. */
  reset() {
    this.terminal.write('\x1bc', () => {
      this.#size = null;
      this.terminal.resize(FIRST.cols, FIRST.rows);
    });
  }

  /** As large as the terminal is; who is in control asks for one as large as the window. */
  take(cols, rows) {
    // In its place between what was printed before and after it.
    this.terminal.write('', () => {
      this.#size = { cols, rows };
      this.#lay();
    });
  }

  /** Whether the record is still being written: its sizes count then, not the window's. */
  behind(yes) {
    this.terminal.write('', () => {
      this.#behind = yes;
      if (!yes) this.#lay();
    });
  }

  control(mine) {
    if (this.#inControl === mine) return;
    [this.#inControl, this.#asked] = [mine, ''];
    this.#lay();
  }

  /** While a keyboard of glass covers it: it keeps its lines, and shows those around the cursor. Each of its comings would else be a new size. */
  hold(yes) {
    if (this.#held === yes) return;
    this.#held = yes;
    // It is laid out when its part of the page has become smaller, or larger again.
    this.host.classList.toggle('held', yes);
    if (!yes) this.host.scrollTop = 0;
  }

  focus() {
    this.terminal.focus();
  }

  blur() {
    this.terminal.blur();
  }

  /** As the program wants it: in brackets where it knows them. */
  paste(text) {
    this.terminal.paste(text);
  }

  get selection() {
    return this.terminal.getSelection();
  }

  /** The lines in view, without the blanks at their ends. */
  lines(most = this.rows) {
    const buffer = this.terminal.buffer.active;
    const from = Math.max(0, buffer.baseY + this.rows - most);
    return Array.from({ length: buffer.baseY + this.rows - from }, (_, at) => buffer.getLine(from + at)?.translateToString(true) ?? '');
  }

  /** @param {1|-1} way @returns {boolean} Whether it is there. */
  find(text, way = 1) {
    if (text === '') this.#search.clearDecorations();
    else return way > 0 ? this.#search.findNext(text, { decorations: MARKS }) : this.#search.findPrevious(text, { decorations: MARKS });
    return false;
  }

  readAloud(on) {
    this.terminal.options.screenReaderMode = on;
  }

  dispose() {
    clearTimeout(this.#settle);
    for (const undo of this.#undo) undo();
    this.terminal.dispose();
  }

  #listen(pasted) {
    const paste = (event) => {
      // Before xterm.js sees it: a person is asked about several lines.
      event.preventDefault();
      event.stopImmediatePropagation();
      pasted(event.clipboardData?.getData('text/plain') ?? '');
    };
    this.host.addEventListener('paste', paste, { capture: true });
    const sizes = new ResizeObserver(() => {
      if (this.#held) this.#toCursor();
      clearTimeout(this.#settle);
      this.#settle = setTimeout(() => this.#lay(), SETTLE_MS);
    });
    sizes.observe(this.host);
    const looks = new MutationObserver(() => { this.terminal.options.theme = theme(); });
    looks.observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
    this.#undo.push(scrollByTouch(this.host, this.terminal), () => this.host.removeEventListener('paste', paste, { capture: true }), () => sizes.disconnect(), () => looks.disconnect());
  }

  #toCursor() {
    const { cursorY } = this.terminal.buffer.active;
    const line = (this.host.querySelector('.xterm-screen')?.clientHeight ?? 0) / this.rows;
    // The line below it too: what a program draws there belongs to what is written.
    this.host.scrollTop = (cursorY + 2) * line - this.host.clientHeight;
  }

  #lay() {
    if (this.host.clientWidth === 0 || this.host.clientHeight === 0) return;
    // Measured without scroll bars: where both are there, each needs the other.
    this.host.classList.remove('scrolls');
    const mine = this.#inControl && !this.#behind;
    if (mine) this.#ask();
    // Never larger or smaller than the terminal is: what is printed means that size, and the record says where it changed.
    if (!this.#size) return;
    const { cols, rows } = this.#size;
    if (cols !== this.cols || rows !== this.rows) this.terminal.resize(cols, rows);
    if (this.#held) this.#toCursor();
    if (mine) return;
    // Somebody else's window has another size: it is shown as it is there, smaller where that helps, else it is scrolled.
    const now = this.#fit.proposeDimensions();
    if (!now || Number.isNaN(now.cols)) return;
    const fits = this.#held ? now.cols / cols : Math.min(now.cols / cols, now.rows / rows);
    const whole = Math.floor(Math.min(FONT_PX, fits * this.terminal.options.fontSize));
    const size = Math.max(LEAST_FONT_PX, whole);
    if (size !== this.terminal.options.fontSize) this.terminal.options.fontSize = size;
    this.host.classList.toggle('scrolls', whole < LEAST_FONT_PX);
  }

  #ask() {
    if (this.terminal.options.fontSize !== FONT_PX) this.terminal.options.fontSize = FONT_PX;
    const wanted = this.#fit.proposeDimensions();
    if (!wanted || Number.isNaN(wanted.cols)) return;
    const [cols, rows] = [Math.min(500, Math.max(2, wanted.cols)), this.#held ? this.rows : Math.min(300, Math.max(1, wanted.rows))];
    const asked = `${cols} ${rows}`;
    const now = this.#size ?? this;
    if (asked === this.#asked || (cols === now.cols && rows === now.rows)) return;
    this.#asked = asked;
    this.resized(cols, rows);
  }
}
