import assert from 'node:assert/strict';
import { test } from 'node:test';
import { EmbedSession } from './session.js';

const START = Date.parse('2026-01-01T12:00:00Z');

function place({ keys = [{}], refuse = null } = {}) {
  const at = { told: [], timers: [], streams: [], asked: [], now: START, refuse };
  const api = {
    signIn: async (ticket) => {
      at.asked.push(`sign-in ${ticket}`);
      if (at.refuse) throw at.refuse;
      return { token: 'key', session_id: 'ses_1', access: 'control', expires_at: new Date(START + 600_000).toISOString(), expires_in: 600, ...keys.shift() };
    },
    find: async () => {
      if (at.refuse) throw at.refuse;
      return { id: 'ses_1', state: 'running', owner_id: 'acc_1', usage: {}, mode: 'terminal' };
    },
    end: async (token) => at.asked.push(`end ${token}`),
    lines: async function* () {
      yield JSON.stringify({ rec: { seq: 1, at: 'now', type: 'out', data: { data: btoa('hello') } } });
    },
  };
  at.session = new EmbedSession({
    id: 'ses_1', api, now: () => at.now, show: () => {}, ignored: () => ({ nonce: 2 }), tell: (type, data) => at.told.push([type, data]),
    later: (run, ms) => (at.timers.push({ run, ms }), () => at.timers.splice(0)),
    follow: (key) => (at.streams.push(key.token), () => at.streams.pop()),
    screen: { text: () => ['$ ls', ''], picture: () => 'data:image/png;base64,AA==', size: () => ({ cols: 80, rows: 24 }) },
  });
  at.names = () => at.told.map(([type]) => type);
  return at;
}

async function running() {
  const at = place();
  await at.session.begin('t1');
  at.session.heard('connection', { state: 'live' });
  at.session.heard('hello', { session: { state: 'running' }, controller: null, you_control: false, viewers: [{}] });
  at.told.length = 0;
  return at;
}

test('asks for a ticket, and tells that the session started once there is one', async () => {
  const at = place();
  at.session.greet();
  assert.deepEqual(at.told, [['ticket-needed', { reason: 'start' }]]);
  assert.deepEqual(await at.session.begin('t1'), { session_id: 'ses_1', access: 'control', expires_at: '2026-01-01T12:10:00.000Z' });
  at.session.heard('hello', { session: { state: 'running' } });
  at.session.heard('hello', { session: { state: 'running' } });
  assert.deepEqual(at.names(), ['ticket-needed', 'session-started']);
  assert.deepEqual(at.streams, ['key']);
});

test('the key never reaches the parent', async () => {
  const at = await running();
  for (const answer of [await at.session.status(), await at.session.metrics(), at.session.lines(9), at.session.screenshot('text'), await at.session.transcript(0, 9), at.told])
    assert.doesNotMatch(JSON.stringify(answer), /"key"|t1|acc_1/);
});

test('tells changes once, and who is in control apart from them', async () => {
  const at = await running();
  for (const state of ['running', 'waiting_for_approval', 'waiting_for_approval']) at.session.heard('state', { state, viewers: [{}] });
  at.session.heard('state', { state: 'waiting_for_approval', controller: 'acc_2', controller_name: 'Jonas', you_control: false, viewers: [{}, {}] });
  assert.deepEqual(at.names(), ['session-update', 'operator-updated']);
  assert.deepEqual(at.told[1][1], { controller: 'Jonas', yours: false, viewers: 2 });
  assert.deepEqual(at.session.lines(5).map((l) => `${l.kind} ${l.text}`), ['state waiting_for_approval']);
});

test('tells the end with its reason, once, also to a parent that comes later', async () => {
  const at = await running();
  at.session.heard('ended', { reason: 'stopped', exit_code: 143 });
  at.session.heard('ended', { reason: 'stopped', exit_code: 143 });
  assert.deepEqual(at.names(), ['session-update', 'session-ended']);
  assert.deepEqual(at.told[1][1], { reason: 'stopped', exit_code: 143 });
  at.told.length = 0;
  at.session.greet();
  assert.deepEqual(at.names(), ['session-started', 'session-ended']);
});

test('tells the end where a state has said so before, without its reason', async () => {
  const at = await running();
  at.session.heard('state', { state: 'ended', controller: null, you_control: false, viewers: [{}] });
  at.session.greet();
  at.session.heard('ended', { reason: 'worker_lost', exit_code: null });
  assert.deepEqual(at.names(), ['session-update', 'session-started', 'session-update', 'session-ended']);
  assert.deepEqual(at.told.at(-1)[1], { reason: 'worker_lost', exit_code: null });
});

test('an expired key closes the stream and asks for a ticket, and a fresh one goes on', async () => {
  const at = await running();
  assert.equal(at.timers[0].ms, 600_000);
  at.timers[0].run();
  assert.deepEqual(at.streams, []);
  assert.deepEqual(at.told.find(([type]) => type === 'ticket-needed')[1], { reason: 'expired' });
  await assert.rejects(at.session.status(), { code: 'no_session' });
  assert.throws(() => at.session.screenshot('png'), { code: 'no_session' });
  at.told.length = 0;
  await at.session.begin('t2');
  assert.deepEqual(at.streams, ['key']);
  at.session.heard('hello', { session: { state: 'running' } });
  assert.ok(!at.names().includes('session-started'));
});

test('a clock that is hours ahead asks for no ticket before its time', async () => {
  const at = place();
  at.now = START + 3 * 3_600_000;
  await at.session.begin('t1');
  assert.deepEqual([at.told, at.timers.map((timer) => timer.ms), at.streams], [[], [600_000], ['key']]);
  const old = place({ keys: [{ expires_in: undefined }] });
  await old.session.begin('t1');
  assert.deepEqual([old.timers, old.streams], [[], ['key']]);
});

test('of two tickets at once the refused one takes nothing from the other', async () => {
  const at = place();
  const first = at.session.begin('t1');
  at.refuse = Object.assign(new Error('no'), { status: 401, code: 'ticket_invalid' });
  const second = at.session.begin('t2');
  await Promise.allSettled([second, first]);
  assert.deepEqual(at.streams, ['key']);
  at.session.lose('expired');
  assert.deepEqual(at.told.at(-1), ['ticket-needed', { reason: 'expired' }]);
});

test('what the hub refuses is told as an event, what was not sent stands in the log', async () => {
  const at = await running();
  at.session.heard('error', { code: 'busy', message: 'Wait a moment.' });
  at.session.heard('unsent', { why: 'lost', bytes: 3 });
  assert.deepEqual(at.told, [['error', { code: 'busy', message: 'Wait a moment.' }]]);
  assert.deepEqual(at.session.lines(9).map((line) => [line.kind, line.text]), [['error', 'Wait a moment.'], ['unsent', 'lost']]);
});

test('a key that the hub refuses asks for a ticket at once, and only once', async () => {
  const at = await running();
  at.refuse = Object.assign(new Error('no'), { status: 401, code: 'unauthenticated' });
  await assert.rejects(at.session.status(), { code: 'ticket_needed' });
  await assert.rejects(at.session.status(), { code: 'no_session' });
  assert.equal(at.names().filter((n) => n === 'ticket-needed').length, 1);
});

test('a refused ticket is told as the hub told it, and what went on goes on', async () => {
  const at = await running();
  at.refuse = Object.assign(new Error('The ticket is used.'), { status: 401, code: 'ticket_invalid' });
  await assert.rejects(at.session.begin('t1'), { code: 'ticket_invalid', message: 'The ticket is used.' });
  assert.deepEqual(at.streams, ['key']);
  const late = place();
  late.refuse = at.refuse;
  await assert.rejects(late.session.begin('t1'));
  late.session.refused();
  late.session.greet();
  assert.deepEqual(late.told, [['ticket-needed', { reason: 'refused' }], ['ticket-needed', { reason: 'refused' }]]);
});

test('a ticket of another session opens nothing', async () => {
  const at = place({ keys: [{ session_id: 'ses_2' }] });
  await assert.rejects(at.session.begin('t1'), { code: 'other_session' });
  assert.deepEqual(at.streams, []);
  await assert.rejects(at.session.status(), { code: 'no_session' });
  at.session.greet();
  assert.deepEqual(at.names(), ['ticket-needed']);
});

test('only a ticket for control ends the session', async () => {
  const at = place({ keys: [{ access: 'view' }] });
  await at.session.begin('t1');
  await assert.rejects(at.session.end(), { code: 'view_only' });
  const other = await running();
  assert.deepEqual(await other.session.end(), { ending: true });
  assert.deepEqual(other.asked, ['sign-in t1', 'end key']);
});

test('memory stays bounded however much is said', async () => {
  const at = await running();
  for (let i = 0; i < 5_000; i++) at.session.heard('error', { message: 'x'.repeat(10_000) });
  const lines = at.session.lines(100_000);
  assert.equal(lines.length, 200);
  assert.ok(lines.every((line) => line.text.length <= 500));
});
