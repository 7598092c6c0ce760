import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Player, timesOf } from './player.js';
import { recordOf, recordsOf } from './records.js';

const records = [0, 100, 10_100, 10_200].map((at, index) => ({ at, type: 'out', data: index }));

const bed = () => {
  const it = { time: 0, timers: new Map(), next: 1, shown: [] };
  it.player = new Player({
    records,
    show: (due, fresh) => { it.shown = fresh ? due.map((r) => r.data) : [...it.shown, ...due.map((r) => r.data)]; },
    now: () => it.time,
    clock: { setTimeout: (act, ms) => { it.timers.set(it.next, { act, due: it.time + ms }); return it.next++; }, clearTimeout: (id) => it.timers.delete(id) },
  });
  it.move = (ms) => {
    const end = it.time + ms;
    for (;;) {
      const due = [...it.timers].filter(([, timer]) => timer.due <= end).sort((one, other) => one[1].due - other[1].due)[0];
      if (!due) break;
      it.timers.delete(due[0]);
      it.time = Math.max(it.time, due[1].due);
      due[1].act();
    }
    it.time = end;
  };
  return it;
};

test('pauses are shortened, or kept', () => {
  assert.deepEqual(timesOf(records, true), [0, 100, 1100, 1200]);
  assert.deepEqual(timesOf(records, false), [0, 100, 10_100, 10_200]);
});

test('it shows what is due, in its speed, and stops at its end', () => {
  const it = bed();
  it.player.play();
  assert.deepEqual(it.shown, [0]);
  it.move(100);
  assert.deepEqual(it.shown, [0, 1]);
  it.player.setSpeed(4);
  it.move(249);
  assert.deepEqual(it.shown, [0, 1]);
  it.move(2);
  assert.deepEqual(it.shown, [0, 1, 2]);
  it.move(1000);
  assert.deepEqual(it.shown, [0, 1, 2, 3]);
  assert.equal(it.player.isPlaying, false);
  assert.equal(it.timers.size, 0);
});

test('scrubbing forwards adds, backwards begins anew', () => {
  const it = bed();
  it.player.seek(1150);
  assert.deepEqual(it.shown, [0, 1, 2]);
  it.player.seek(50);
  assert.deepEqual(it.shown, [0]);
  it.player.seek(99_999);
  assert.deepEqual(it.shown, [0, 1, 2, 3]);
  it.player.play();
  assert.deepEqual(it.shown, [0]);
});

test('a pause holds, and with the pauses of the record back the place is the same frame', () => {
  const it = bed();
  it.player.play();
  it.move(150);
  it.player.pause();
  it.move(60_000);
  assert.deepEqual(it.shown, [0, 1]);
  it.player.setSkipIdle(false);
  assert.equal(it.player.position, 100);
  assert.equal(it.player.length, 10_200);
});

test('records that are seen on a screen are taken, whatever else stands between them', async () => {
  const line = (type, data, seq = 1) => JSON.stringify({ len: 1, crc: '0', rec: { seq, at: '2026-01-01T00:00:00.000Z', type, data } });
  assert.deepEqual([...recordOf(line('out', { data: btoa('hi') })).data], [104, 105]);
  assert.equal(recordOf(line('resize', { cols: 9999, rows: 10 })).cols, 500);
  for (const other of [line('in', { data: 'eA==' }), line('out', {}), line('resize', { cols: -1, rows: 2 }), '{"len":3,"cr', 'null', '{}']) assert.equal(recordOf(other), null);
  async function* lines() {
    yield line('out', { data: btoa('a') });
    yield 'torn';
    yield line('ended', { reason: 'stopped' });
  }
  assert.deepEqual((await recordsOf(lines())).map((record) => record.type), ['out', 'ended']);
});
