import assert from 'node:assert/strict';
import { test } from 'node:test';
import { covered } from './glass.js';

test('a keyboard covers, a zoom does not', () => {
  assert.equal(covered(664, { height: 329, offsetTop: 0, scale: 1 }), 335);
  assert.equal(covered(664, { height: 329, offsetTop: 35, scale: 1 }), 300);
  assert.equal(covered(664, { height: 332, offsetTop: 0, scale: 2 }), 0);
  assert.equal(covered(664, { height: 700, offsetTop: 0, scale: 1 }), 0);
});
