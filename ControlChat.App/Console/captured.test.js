import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { isForProgram } from './captured.js';

beforeEach(() => { globalThis.controlchat = { chord: (event, scope, keys) => scope === 'terminal' && event.keys === keys }; });
afterEach(() => { delete globalThis.controlchat; });

const press = (keys, use, acts = {}) => {
  const event = { type: 'keydown', keys, prevented: false, preventDefault() { this.prevented = true; } };
  return { heard: isForProgram(event, acts, use), prevented: event.prevented };
};

test('two chords lead out of the terminal, whoever types', () => {
  for (const use of ['typed', 'watched', 'shown']) {
    for (const keys of ['Ctrl Shift Esc', 'Ctrl Shift Enter']) {
      let left = 0;
      assert.deepEqual(press(keys, use, { leave: () => { left += 1; } }), { heard: false, prevented: true });
      assert.equal(left, 1);
    }
  }
});

test('Tab is a program\'s only where somebody types', () => {
  for (const keys of ['Tab', 'Shift Tab'])
    assert.deepEqual(['typed', 'watched', 'shown'].map((use) => press(keys, use)), [{ heard: true, prevented: false }, { heard: false, prevented: false }, { heard: false, prevented: false }]);
});

test('where nothing is typed the browser has all keys but those that scroll', () => {
  assert.deepEqual(['a', 'F6', 'Ctrl L', 'Shift PageUp', 'Shift PageDown'].map((keys) => press(keys, 'shown').heard), [false, false, false, true, true]);
  assert.equal(press('a', 'watched').heard, true);
  // without a search the keys are the program's
  assert.equal(press('Ctrl Shift F', 'typed').heard, true);
});
