import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Follower } from './follow.js';

const flush = () => new Promise((resolve) => setImmediate(resolve));

function bed({ session = { state: 'running', mode: 'terminal' }, refuse = null } = {}) {
  const it = { did: [], heard: [], said: [], sockets: [], lost: 0 };
  const screen = Object.fromEntries(['hear', 'control'].map((name) => [name, (...given) => it.did.push([name, ...given])]));
  const hub = {
    open: async () => {
      if (refuse) throw refuse;
      const socket = { sent: [], readyState: 1, bufferedAmount: 0, send: (text) => socket.sent.push(JSON.parse(text)), close: () => {} };
      it.sockets.push(socket);
      return socket;
    },
    find: async () => {
      if (refuse) throw refuse;
      return session;
    },
  };
  it.follower = new Follower({ hub, screen: { ...screen, typed: (act) => { it.type = act; }, sized: (act) => { it.size = act; } }, heard: (type, frame) => it.heard.push([type, frame]), lost: () => { it.lost += 1; }, said: (text) => it.said.push(text) });
  it.say = (frame) => it.sockets.at(-1).onmessage({ data: JSON.stringify({ v: 1, ...frame }) });
  it.open = async () => {
    it.stop = it.follower.open({ token: 'k', access: 'control' });
    await flush();
    it.sockets.at(-1)?.onopen();
  };
  return it;
}

test('what the stream tells is drawn, and who types makes the terminal as large as the frame', async () => {
  const it = bed();
  await it.open();
  it.say({ t: 'hello', seq: 1, you_control: true, size: { cols: 80, rows: 24 } });
  it.say({ t: 'out', seq: 1, data: btoa('x') });
  assert.deepEqual(it.did.filter(([name]) => name === 'hear').map(([, type]) => type), ['connection', 'connection', 'hello', 'out', 'caught_up']);
  assert.deepEqual(it.did.filter(([name]) => name === 'control').at(-1), ['control', true]);
  it.size(41, 20);
  assert.deepEqual(it.sockets[0].sent.at(-1), { v: 1, t: 'resize', cols: 41, rows: 20 });
  it.stop();
  assert.deepEqual(it.did.at(-1), ['control', false]);
});

test('a fresh ticket goes on where the terminal stood', async () => {
  const it = bed();
  await it.open();
  it.say({ t: 'hello', seq: 1, resume_token: 'mine', you_control: true, run: { n: 1, after: 0 } });
  it.say({ t: 'out', seq: 1, data: btoa('x') });
  it.stop();
  await it.open();
  assert.deepEqual(it.sockets.at(-1).sent[0], { v: 1, t: 'resume', resume_token: 'mine', after: 1 });
  // another worker, which found less on record
  it.say({ t: 'hello', seq: 9, you_control: true, run: { n: 2, after: 0 } });
  await flush();
  it.sockets.at(-1).onopen();
  assert.equal(it.sockets.at(-1).sent[0].after, 0);
  it.stop();
});

test('what was not sent is said', async () => {
  const it = bed();
  await it.open();
  it.say({ t: 'hello', seq: 0, you_control: false });
  it.type('a', false);
  it.say({ t: 'error', code: 'busy', message: 'Wait.' });
  assert.deepEqual(it.said, ['Not sent: you are watching. Take control to type.', 'Wait.']);
  it.stop();
});

for (const [words, refuse, lost] of [['a proxy\'s 404', { status: 404, code: 'failed' }, 0], ['the hub\'s own refusal', { status: 401, code: 'unauthenticated' }, 1]]) {
  test(`${words} ${lost ? 'ends' : 'does not end'} the frame`, async () => {
    const it = bed({ refuse: Object.assign(new Error('no'), refuse) });
    await it.open();
    await flush();
    assert.equal(it.lost, lost);
    it.stop();
  });
}
