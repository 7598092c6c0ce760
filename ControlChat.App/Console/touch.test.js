import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Swipe } from './touch.js';

const none = () => 0;

test('a finger moves whole lines, and no pixel of it is lost', () => {
  const swipe = new Swipe();
  assert.equal(swipe.move({ x: 0, y: 50 }, 16, none), 0);
  swipe.start({ x: 0, y: 100 });
  assert.deepEqual([90, 80, 52, 60, 117].map((y) => swipe.move({ x: 0, y }, 16, none)), [0, 1, 2, 0, -4]);
});

test('what is larger than its window is moved first', () => {
  const swipe = new Swipe();
  swipe.start({ x: 9, y: 100 });
  assert.equal(swipe.move({ x: 4, y: 60 }, 10, (dx, dy) => (assert.deepEqual([dx, dy], [5, 40]), 30)), 1);
  swipe.end();
  assert.equal(swipe.move({ x: 0, y: 0 }, 10, none), 0);
});
