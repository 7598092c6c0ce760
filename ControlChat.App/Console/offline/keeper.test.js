import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Keeper, textOf } from './keeper.js';
import { MOST_AGE_MS, MOST_CHARS, isStale, tail } from './store.js';

const bed = (more = {}) => {
  const it = { asked: [], kept: [], forgot: [], signedOut: 0 };
  it.keeper = new Keeper({
    ask: async (path) => (it.asked.push(path), { items: [{ kind: 'out', text: '$ ls' }, { kind: 'in', text: 'ls' }, { kind: 'system', text: 'Ended.' }] }),
    of: { session: 's', account: 'me', title: 'box' }, recordedTo: () => 'then', signedOut: () => it.signedOut, note: () => {},
    store: { keep: async (entry) => it.kept.push(entry), forget: async (session) => it.forgot.push(session), kept: async () => null, sweep: async () => {} },
    ...more,
  });
  return it;
};

test('the record is kept, once for what changed', async () => {
  const it = bed();
  await it.keeper.now();
  assert.deepEqual(it.kept, []);
  it.keeper.changed();
  await it.keeper.now();
  await it.keeper.now();
  assert.deepEqual(it.asked, ['api/v1/sessions/s/transcript/lines?last=500']);
  assert.deepEqual(it.kept, [{ session: 's', account: 'me', title: 'box', text: '$ ls\ntyped: ls\n(Ended.)', recordedTo: 'then' }]);
});

test('who is signed out keeps nothing, whichever tab it was', async () => {
  const it = bed();
  it.keeper.changed();
  it.signedOut = Date.now() + 1;
  await it.keeper.now();
  const other = bed();
  other.keeper.changed();
  const asking = other.keeper.now();
  await other.keeper.forget(true);
  await asking;
  assert.deepEqual([it.kept, other.kept, other.forgot], [[], [], [null]]);
});

test('a record that cannot be had now is asked for again', async () => {
  let away = true;
  const it = bed({ ask: async () => { if (away) throw new Error('away'); return { items: [] }; } });
  it.keeper.changed();
  await it.keeper.now();
  away = false;
  await it.keeper.now();
  assert.equal(it.kept.length, 1);
});

test('what is kept is bounded in size, age and by account', () => {
  const now = 10 * MOST_AGE_MS;
  const stale = (entry, account = 'me') => isStale({ account: 'me', at: now, ...entry }, account, now);
  assert.deepEqual([stale({}), stale({ at: now - MOST_AGE_MS }), stale({ at: now + 1 }), stale({ account: 'other' }), stale({ account: 'other' }, null), stale({ at: undefined })], [false, true, true, true, false, true]);
  const long = tail(Array.from({ length: 60_000 }, () => 'x'.repeat(99)));
  assert.ok(long.length <= MOST_CHARS && long.startsWith('x'));
  assert.equal(textOf([]), '');
});
