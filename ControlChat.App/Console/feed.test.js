import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Feed } from './feed.js';
import { recordsOf } from './records.js';

const flush = () => new Promise((resolve) => setImmediate(resolve));
const record = (name, size = 10) => ({ name, data: new Uint8Array(size) });

const bed = (most = 25) => {
  const it = { shown: [], waiting: [], resets: 0 };
  it.feed = new Feed({ most, reset: () => { it.resets += 1; it.shown = []; }, write: ({ name }) => { it.shown.push(name); return new Promise((resolve) => it.waiting.push(resolve)); } });
  it.drawn = async () => { for (const done of it.waiting.splice(0)) done(); await flush(); };
  return it;
};

test('so much at a time, in order', async () => {
  const it = bed();
  it.feed.push(['a', 'b', 'c', 'd', 'e'].map((name) => record(name)));
  assert.deepEqual(it.shown, ['a', 'b', 'c']);
  it.feed.push([record('f')]);
  await it.drawn();
  assert.deepEqual(it.shown, ['a', 'b', 'c', 'd', 'e', 'f']);
  await it.drawn();
  it.feed.push([record('g')]);
  assert.equal(it.shown.at(-1), 'g');
});

test('of many places that are scrubbed over the last is shown', async () => {
  const it = bed();
  for (const name of ['a', 'b', 'c']) it.feed.push([record(name, 30), record(`${name}2`, 30)], true);
  assert.deepEqual(it.shown, ['a']);
  for (let turn = 0; turn < 4; turn += 1) await it.drawn();
  assert.deepEqual([it.shown, it.resets], [['c', 'c2'], 2]);
});

test('a record that is longer than a page can play says where it is cut', async () => {
  const line = (at) => JSON.stringify({ rec: { at: `2026-01-01T00:00:0${at}Z`, type: 'out', data: { data: 'eA==' } } });
  async function* lines() { for (const at of [1, 2, 3]) yield line(at); }
  const cuts = [];
  assert.equal((await recordsOf(lines(), () => {}, { most: 2 * line(1).length, cut: (at) => cuts.push(at) })).length, 2);
  assert.deepEqual(cuts, [Date.parse('2026-01-01T00:00:02Z')]);
  await recordsOf(lines(), () => {}, { cut: (at) => cuts.push(at) });
  assert.equal(cuts.length, 1);
});
