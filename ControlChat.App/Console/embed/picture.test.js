import assert from 'node:assert/strict';
import { test } from 'node:test';
import { colour, pictureOf, textOf } from './picture.js';

const cell = (chars, more = {}) => ({
  getChars: () => chars, getWidth: () => 1, isFgDefault: () => true, isBgDefault: () => true, isInverse: () => false, isUnderline: () => false, isInvisible: () => false,
  isDim: () => false, isItalic: () => false, isBold: () => false, ...more,
});

function terminal(lines, more = {}) {
  const rows = lines.map((text) => ({ translateToString: () => text.trimEnd(), getCell: (at) => (text[at] === undefined ? undefined : cell(text[at])) }));
  return { cols: 4, rows: 2, options: { theme: { background: '#101010', foreground: '#eeeeee' } }, buffer: { active: { viewportY: 1, baseY: 1, cursorX: 0, cursorY: 1, getLine: (at) => rows[at] } }, ...more };
}

function canvas(length) {
  const drawn = [];
  const pen = { fillRect: (...at) => drawn.push(['fill', pen.fillStyle, ...at]), strokeRect: () => drawn.push(['cursor']), fillText: (text, x, y) => drawn.push(['text', text, x, y]) };
  return { drawn, make: (width, height) => ({ width, height, getContext: () => pen, toDataURL: () => 'x'.repeat(length) }) };
}

test('text is what is in view', () => {
  assert.deepEqual(textOf(terminal(['gone', 'ab  ', 'cd'])), ['ab', 'cd']);
  assert.deepEqual(textOf(terminal(['gone', 'ab  '])), ['ab', '']);
});

test('a picture has each letter in its place, and the cursor', () => {
  const sheet = canvas(100);
  assert.equal(pictureOf(terminal(['gone', 'a b', 'c']), sheet.make).length, 100);
  assert.deepEqual(sheet.drawn.filter(([what]) => what === 'text'), [['text', 'a', 0, 8.5], ['text', 'b', 16, 8.5], ['text', 'c', 0, 25.5]]);
  assert.ok(sheet.drawn.some(([what]) => what === 'cursor'));
});

test('a picture that would be too large is none', () => {
  assert.equal(pictureOf(terminal(['a']), canvas(3 * 1024 * 1024).make), null);
  assert.equal(pictureOf(terminal(['a'], { cols: 500, rows: 300 }), () => assert.fail('drawn all the same')), null);
});

test('colours are the page\'s own, the cube and the greys', () => {
  const named = { foreground: '#eeeeee', red: '#aa0000', brightCyan: '#00ffff' };
  assert.deepEqual([1, 14, 3, 16, 196, 231, 232, 255].map((value) => colour(value, false, named)),
    ['#aa0000', '#00ffff', '#eeeeee', 'rgb(0 0 0)', 'rgb(255 0 0)', 'rgb(255 255 255)', 'rgb(8 8 8)', 'rgb(238 238 238)']);
  assert.equal(colour(0x00ff7f, true, named), '#00ff7f');
});
