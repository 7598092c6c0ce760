import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Place } from './place.js';

const placeOf = () => {
  const did = [];
  const screen = Object.fromEntries(['write', 'remark', 'take', 'reset', 'behind'].map((name) => [name, (...with_) => did.push([name, ...with_])]));
  return [new Place(screen), did];
};

test('a size counts where it stands in the sequence, and nowhere else', () => {
  const [place, did] = placeOf();
  place.hear('hello', { size: { cols: 90, rows: 20 } }, 0);
  place.hear('state', { seq: null, size: { cols: 200, rows: 60 } }, 0);
  place.hear('state', { seq: 2, size: null }, 2);
  place.hear('state', { seq: 3, size: { cols: 80, rows: 25 } }, 3);
  place.hear('caught_up', {}, 4);
  place.hear('state', { seq: null, size: { cols: 200, rows: 60 } }, 4);
  assert.deepEqual(did, [['reset'], ['behind', true], ['take', 80, 25], ['take', 90, 20], ['behind', false]]);
});

test('a screen that has something already goes on, and what is missing is said on it', () => {
  const [place, did] = placeOf();
  place.hear('hello', { size: null }, 7);
  place.hear('gap', { from: 8, to: 9 }, 9);
  place.hear('out', { data: 'x', replayed: true }, 10);
  place.hear('caught_up', {}, 10);
  assert.deepEqual(did, [['behind', true], ['remark', 'Frames 8 to 9 are missing here.'], ['write', 'x', true], ['behind', false]]);
});
