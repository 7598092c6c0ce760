import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Bridge, PER_SECOND, Refusal } from './bridge.js';
import { make, MOST } from './envelope.js';

const DESK = 'https://desk.example';
const NONCE = 'n'.repeat(32);
const ALL = ['status', 'transcript', 'logs', 'screenshot', 'metrics', 'control'];

/** A parent window that remembers what was said to it, and to which origin. */
function place({ may = ALL, commands = {}, around = [DESK], parents } = {}) {
  const heard = [];
  const clock = { at: 0 };
  const window = { postMessage: (message, origin) => heard.push({ message: structuredClone(message), origin }) };
  const bridge = new Bridge({
    parents: parents ?? [{ origin: DESK, may }], window, around, now: () => clock.at, nonce: NONCE, met: () => ({ session_id: 'ses_1' }),
    commands: { 'ping': { needs: 'status', run: async () => ({ pong: true }) }, ...commands },
  });
  const say = (data, from = {}) => bridge.receive({ source: window, origin: DESK, ports: [], data, ...from });
  return { bridge, window, heard, clock, say, types: () => heard.map((h) => h.message.type) };
}

async function met(options) {
  const at = place(options);
  at.say(make('hello', NONCE));
  assert.deepEqual(at.types(), ['welcome', 'bridge-initialized']);
  at.heard.length = 0;
  return at;
}

const settled = () => new Promise((resolve) => setImmediate(resolve));
const ignored = (bridge) => Object.entries(bridge.ignored).filter(([, count]) => count > 0).map(([why, count]) => `${why} ${count}`).join(', ');

test('says it is ready to the listed origins, each as an exact target', () => {
  const parents = [{ origin: DESK, may: ['status'] }, { origin: 'https://other.example', may: ['status'] }];
  const silent = place({ parents, around: [] });
  silent.bridge.announce();
  assert.deepEqual(silent.heard.map((h) => h.origin), [DESK, 'https://other.example']);
  assert.ok(silent.heard.every((h) => h.message.nonce === NONCE && h.message.type === 'ready'));
  const named = place({ parents, around: ['https://other.example'] });
  named.bridge.announce();
  assert.deepEqual(named.heard.map((h) => h.origin), ['https://other.example']);
  const hostile = place({ parents, around: ['https://evil.example'] });
  hostile.bridge.announce();
  assert.deepEqual(hostile.heard, []);
});

test('a parent that answers with the nonce is welcomed with what it may, and is told nothing twice', () => {
  const at = place({ may: ['status'] });
  at.bridge.announce();
  at.say(make('hello', at.heard[0].message.nonce));
  assert.deepEqual(at.types(), ['ready', 'welcome', 'bridge-initialized']);
  assert.deepEqual(at.heard[1], { message: { v: 1, source: 'controlchat', type: 'welcome', nonce: NONCE, data: { version: 1, capabilities: ['status'], session_id: 'ses_1' } }, origin: DESK });
  at.say(make('hello', NONCE));
  at.bridge.announce();
  assert.equal(at.heard.length, 3);
});

test('before the handshake nothing but the right hello counts', () => {
  const at = place();
  at.say(make('hello', 'guess'));
  at.say(make('ping', NONCE, { id: 1 }));
  at.say(make('hello', NONCE), { origin: 'https://evil.example' });
  at.say(make('hello', NONCE), { origin: 'null' });
  at.say(make('hello', NONCE), { source: { postMessage: () => assert.fail('a stranger was answered') } });
  at.say(make('hello', NONCE), { source: null });
  at.bridge.emit('session-update', {});
  assert.equal(at.heard.length, 0);
  assert.equal(ignored(at.bridge), 'source 2, origin 2, nonce 1, early 1');
});

test('a command is answered to its id, at the origin of the handshake', async () => {
  const at = await met();
  at.say(make('ping', NONCE, { id: 7 }));
  await settled();
  assert.deepEqual(at.heard, [{ message: { v: 1, source: 'controlchat', type: 'answer', nonce: NONCE, id: 7, data: { command: 'ping', pong: true } }, origin: DESK }]);
});

test('after the handshake another window, another origin and another nonce get nothing', async () => {
  const parents = [{ origin: DESK, may: ALL }, { origin: 'https://other.example', may: ALL }];
  const at = await met({ parents });
  at.say(make('ping', NONCE, { id: 1 }), { source: {} });
  at.say(make('ping', NONCE, { id: 1 }), { origin: 'https://other.example' });
  at.say(make('ping', NONCE.slice(1), { id: 1 }));
  at.say(make('ping', '', { id: 1 }));
  await settled();
  assert.equal(at.heard.length, 0);
  assert.equal(ignored(at.bridge), 'source 1, origin 1, nonce 2');
});

test('a message that is sent again is not done again', async () => {
  let done = 0;
  const at = await met({ commands: { 'count': { needs: 'status', run: async () => ({ done: ++done }) } } });
  for (const id of [5, 5, 4, 1, 5, undefined]) at.say(make('count', NONCE, { id }));
  at.say(make('count', NONCE, { id: 6 }));
  await settled();
  assert.equal(done, 2);
  assert.equal(at.bridge.ignored.replay, 5);
});

test('what the operator did not allow is refused, and what does not exist is said not to', async () => {
  let done = 0;
  const at = await met({ may: ['status'], commands: { 'request-logs': { needs: 'logs', run: async () => ({ done: ++done }) } } });
  at.say(make('request-logs', NONCE, { id: 1 }));
  for (const [i, name] of ['request-secrets', 'constructor', 'to-string'].entries()) at.say(make(name, NONCE, { id: 2 + i }));
  at.say(make('__proto__', NONCE, { id: 9 }));
  await settled();
  assert.deepEqual(at.heard.map((h) => [h.message.type, h.message.id, h.message.data.code]),
    [['error', 1, 'not_allowed'], ['error', 2, 'unknown_command'], ['error', 3, 'unknown_command'], ['error', 4, 'unknown_command']]);
  assert.equal(done, 0);
  assert.equal(at.bridge.ignored.shape, 1);
});

test('a command that fails says why only where that is meant for the parent', async () => {
  const at = await met({ commands: {
    'break': { needs: 'status', run: async () => { throw new Error('a path of this machine'); } },
    'refuse': { needs: 'status', run: async () => { throw new Refusal('no_session', 'Send a ticket first.'); } },
  } });
  at.say(make('break', NONCE, { id: 1 }));
  at.say(make('refuse', NONCE, { id: 2 }));
  await settled();
  assert.deepEqual(at.heard.map((h) => h.message.data), [{ code: 'failed', message: 'The command failed. Try again.' }, { code: 'no_session', message: 'Send a ticket first.' }]);
});

test('more than so many a second are dropped, and a stranger uses up nobody else\'s share', async () => {
  const at = await met();
  for (let i = 0; i < 500; i++) at.say(make('ping', NONCE, { id: i + 1 }), { source: {} });
  let id = 0;
  for (let i = 0; i < PER_SECOND * 3; i++) {
    at.say(make('ping', NONCE, { id: ++id }));
    if (i % 5 === 0) await settled();
  }
  await settled();
  // The hello was one of them.
  assert.equal(at.heard.length, PER_SECOND - 1);
  at.clock.at += 1000;
  at.say(make('ping', NONCE, { id: ++id }));
  await settled();
  assert.equal(at.heard.length, PER_SECOND);
  assert.equal(at.bridge.ignored.source, 500);
});

test('only some commands are at work at once', async () => {
  const waiting = [];
  const at = await met({ commands: { 'wait': { needs: 'status', run: () => new Promise((resolve) => waiting.push(resolve)) } } });
  for (let id = 1; id <= 10; id++) at.say(make('wait', NONCE, { id }));
  assert.deepEqual(at.heard.map((h) => h.message.data.code), ['busy', 'busy']);
  waiting.forEach((resolve) => resolve({}));
  await settled();
  assert.equal(at.heard.length, 10);
});

test('what is too large, too deep, not plain or of another version is dropped', async () => {
  const at = await met();
  const cycle = {};
  cycle.self = cycle;
  const deep = Array.from({ length: 40 }).reduce((inner) => ({ inner }), {});
  const data = [{ text: 'x'.repeat(MOST + 1) }, { list: Array(5_000).fill(1) }, { holes: new Array(4_000_000_000) }, { many: Object.fromEntries(Array.from({ length: 70_000 }, (_, i) => [`k${i}`, 1])) }];
  for (const [i, part] of data.entries()) at.say(make('ping', NONCE, { id: i + 1, data: part }));
  assert.equal(ignored(at.bridge), 'size 4');
  const odd = [cycle, deep, { at: new Date() }, { map: new Map() }, { bytes: new Uint8Array(4) }, { big: 1n }, []];
  for (const [i, part] of odd.entries()) at.say(make('ping', NONCE, { id: i + 1, data: part }));
  for (const message of [null, undefined, 'ping', 7, [], new Map(), { ...make('ping', NONCE, { id: 1 }), extra: 1 }, { ...make('ping', NONCE, { id: 1 }), source: 'me' }]) at.say(message);
  for (const id of ['1', 0, -1, 1.5, NaN, 2 ** 60, {}]) at.say(make('ping', NONCE, { id }));
  at.say(make('ping', NONCE, { id: 1 }), { ports: [{}] });
  assert.equal(ignored(at.bridge), `size 4, shape ${odd.length + 8 + 7 + 1}`);
  for (const v of [0, 2, '1', undefined]) at.say({ ...make('ping', NONCE, { id: 1 }), v });
  assert.equal(at.bridge.ignored.version, 4);
  await settled();
  assert.equal(at.heard.length, 0);
});
