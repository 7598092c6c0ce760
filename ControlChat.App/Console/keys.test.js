import assert from 'node:assert/strict';
import { test } from 'node:test';
import { control, encode, isReport, linesOf, runsByItself } from './keys.js';

test('keys of the bar are xterm sequences', () => {
  assert.equal(encode('Esc'), '\x1b');
  assert.equal(encode('Tab'), '\t');
  assert.equal(encode('Up'), '\x1b[A');
  assert.equal(encode('Up', { application: true }), '\x1bOA');
  assert.equal(encode('Left', { ctrl: true, application: true }), '\x1b[1;5D');
  assert.equal(encode('Right', { alt: true }), '\x1b[1;3C');
  assert.equal(encode('Down', { alt: true, ctrl: true }), '\x1b[1;7B');
  assert.equal(encode('^C'), '\x03');
  assert.equal(encode('^D'), '\x04');
  assert.equal(encode('|'), '|');
  assert.equal(encode('-', { alt: true }), '\x1b-');
});

test('Ctrl makes a control character where there is one', () => {
  assert.deepEqual(['a', 'Z', '[', ' ', '?', '1', 'é'].map(control), ['\x01', '\x1a', '\x1b', '\0', '\x7f', '1', 'é']);
});

test('what would run by itself is known', () => {
  assert.deepEqual(['ls', 'ls\n', 'a\r\nb', '', 'a\tb', 'ls\x0f', '\x1b[201~', 'a\x9b', '\x7f', 'ü€'].map(runsByItself), [false, true, true, false, false, true, true, true, true, false]);
  assert.equal(linesOf('a\r\nb\nc'), 3);
});

test('reports of the mouse and the focus are told from keys', () => {
  assert.deepEqual(['\x1b[I', '\x1b[<0;12;3M', '\x1b[M !!', '\x1b[A', '\x1b', 'I'].map(isReport), [true, true, true, false, false, false]);
});
