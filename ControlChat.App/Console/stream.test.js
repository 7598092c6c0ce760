import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TerminalStream } from './stream.js';

const flush = () => new Promise((resolve) => setImmediate(resolve));

/** A hub that says what the test says, and a clock that the test moves. */
class Bed {
  constructor(options = {}) {
    Object.assign(this, { sockets: [], heard: [], time: 0, timers: new Map(), next: 1, refuse: null });
    this.stream = new TerminalStream({
      open: async (cursor) => {
        if (this.refuse) throw this.refuse;
        const socket = { cursor, sent: [], readyState: 1, bufferedAmount: 0, closed: false, send(text) { this.sent.push(JSON.parse(text)); }, close() { this.closed = true; } };
        this.sockets.push(socket);
        return socket;
      },
      hear: (type, frame) => this.heard.push({ type, ...frame }),
      clock: { setTimeout: (act, ms) => { const id = this.next++; this.timers.set(id, { act, due: this.time + ms }); return id; }, clearTimeout: (id) => this.timers.delete(id) },
      now: () => this.time,
      random: () => 1,
      ...options,
    });
  }

  get socket() {
    return this.sockets.at(-1);
  }

  async begin() {
    this.stream.start();
    await flush();
    this.socket.onopen?.();
  }

  say(frame, socket = this.socket) {
    socket.onmessage?.({ data: JSON.stringify({ v: 1, ...frame }) });
  }

  hello(seq = 0, more = {}) {
    this.say({ t: 'hello', seq, resume_token: 'tok-1', you_control: true, ...more });
  }

  out(seq, text = 'x') {
    this.say({ t: 'out', seq, data: btoa(text) });
  }

  async move(ms) {
    this.time += ms;
    for (const [id, timer] of [...this.timers]) {
      if (timer.due > this.time) continue;
      this.timers.delete(id);
      timer.act();
    }
    await flush();
  }

  async drop(code = 1006) {
    this.socket.onclose?.({ code });
    await flush();
  }

  of(type) {
    return this.heard.filter((event) => event.type === type);
  }

  printed() {
    return this.of('out').map((event) => String.fromCharCode(...event.data)).join('');
  }
}

test('after a lost connection it goes on behind what was shown, as the same window, and shows nothing twice', async () => {
  const bed = new Bed();
  await bed.begin();
  assert.equal(bed.socket.cursor, 0);
  bed.hello(0);
  bed.out(1, 'a');
  bed.out(2, 'b');
  await bed.drop();
  await bed.move(250);
  bed.socket.onopen();
  assert.equal(bed.socket.cursor, 2);
  assert.deepEqual(bed.socket.sent[0], { v: 1, t: 'resume', resume_token: 'tok-1', after: 2 });
  bed.hello(4);
  bed.out(2, 'b');
  bed.out(3, 'c');
  bed.out(4, 'd');
  assert.equal(bed.printed(), 'abcd');
});

test('waits double, begin anew after a steady connection, and end with a word of the network', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello();
  for (const wait of [250, 500, 1000, 2000, 4000, 8000, 8000]) {
    await bed.drop();
    assert.equal(bed.of('connection').at(-1).wait, wait);
    const before = bed.sockets.length;
    await bed.move(wait - 1);
    assert.equal(bed.sockets.length, before);
    await bed.move(1);
    assert.equal(bed.sockets.length, before + 1);
    bed.hello();
  }
  await bed.move(5000);
  await bed.drop();
  assert.equal(bed.of('connection').at(-1).wait, 250);
  await bed.drop();
  const before = bed.sockets.length;
  bed.stream.retry();
  await flush();
  assert.equal(bed.sockets.length, before + 1);
});

test('what is typed while there is no connection is not sent later, and is told', async () => {
  const bed = new Bed();
  await bed.begin();
  assert.equal(bed.stream.input('ls\r'), false);
  bed.hello();
  assert.equal(bed.stream.input('a'), true);
  await bed.drop();
  assert.equal(bed.stream.input('rm -rf x\r'), false);
  await bed.move(500);
  bed.hello();
  await bed.move(1000);
  assert.deepEqual(bed.of('unsent').map((event) => event.why), ['offline', 'lost', 'offline']);
  assert.deepEqual(bed.socket.sent.filter((frame) => frame.t === 'in'), []);
});

test('keys that had not left when the connection broke are told', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello();
  bed.socket.bufferedAmount = 1024 * 1024;
  assert.equal(bed.stream.input('held'), true);
  await bed.drop();
  assert.deepEqual(bed.of('unsent').map((event) => event.why), ['lost']);
});

test('a window that watches types nothing and says no size', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello(0, { you_control: false });
  assert.equal(bed.stream.input('a'), false);
  bed.stream.resize(80, 24);
  assert.deepEqual(bed.of('unsent').map((event) => event.why), ['watching']);
  assert.deepEqual(bed.socket.sent, []);
  bed.say({ t: 'state', seq: null, you_control: true });
  assert.equal(bed.stream.input('a'), true);
  bed.stream.resize(80, 24);
  assert.deepEqual(bed.socket.sent.map((frame) => frame.t), ['in', 'resize']);
});

test('more than the hub takes at once is refused whole', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello();
  bed.socket.bufferedAmount = 1024 * 1024;
  assert.equal(bed.stream.input('x'.repeat(1024 * 1024)), true);
  assert.equal(bed.stream.input('y'), false);
  assert.equal(bed.of('unsent')[0].why, 'full');
  bed.socket.bufferedAmount = 0;
  for (let turn = 0; turn < 10; turn++) await bed.move(200);
  const sent = bed.socket.sent.filter((frame) => frame.t === 'in').map((frame) => atob(frame.data));
  assert.equal(sent.join('').length, 1024 * 1024);
  assert.ok(sent.every((piece) => piece.length <= 32 * 1024));
});

test('heartbeats are answered, and a hub that falls silent is left', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello();
  bed.say({ t: 'ping', n: 7, at: 'now' });
  assert.deepEqual(bed.socket.sent, [{ v: 1, t: 'pong', n: 7 }]);
  const first = bed.socket;
  await bed.move(39_999);
  assert.equal(first.closed, false);
  await bed.move(1);
  assert.equal(first.closed, true);
});

test('a gap is told before what comes behind it, once, and moves the place', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello();
  bed.out(1);
  bed.say({ t: 'gap', from: 2, to: 9 });
  bed.out(10, 'y');
  assert.deepEqual(bed.heard.slice(-3).map((event) => event.type), ['out', 'gap', 'out']);
  bed.say({ t: 'gap', from: 11, to: 12 });
  bed.say({ t: 'ping', n: 1, at: 'now' });
  bed.say({ t: 'gap', from: 2, to: 9 });
  await bed.drop();
  await bed.move(250);
  assert.equal(bed.socket.cursor, 12);
  assert.equal(bed.of('gap').length, 2);
});

test('a gap right before a close is not final: what the hub still has is fetched', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello();
  bed.out(1, 'a');
  bed.say({ t: 'gap', from: 2, to: 3 });
  await bed.drop(4001);
  await bed.move(250);
  assert.equal(bed.socket.cursor, 1);
  bed.hello(3);
  bed.out(2, 'b');
  bed.out(3, 'c');
  assert.equal(bed.printed(), 'abc');
  assert.deepEqual(bed.of('gap'), []);
});

for (const code of ['busy', 'rate_limited', 'not_in_control']) {
  test(`what waits behind a piece that the hub refused (${code}) is not typed, and is told`, async () => {
    const bed = new Bed();
    await bed.begin();
    bed.hello();
    bed.stream.input('x'.repeat(100 * 1024));
    bed.socket.bufferedAmount = 1024 * 1024;
    bed.stream.input('y'.repeat(500));
    const before = bed.socket.sent.length;
    bed.say({ t: 'error', code, message: 'Too much.' });
    bed.socket.bufferedAmount = 0;
    await bed.move(10_000);
    assert.equal(bed.socket.sent.length, before);
    assert.deepEqual(bed.of('error').map((event) => [event.message, event.cut]), [['Too much.', 500]]);
    assert.equal(bed.stream.input('z'), true);
    assert.equal(atob(bed.socket.sent.at(-1).data), 'z');
  });
}

test('keys that went into a network that was away already are told', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello();
  bed.stream.input('a');
  bed.out(2, 'a');
  await bed.drop();
  assert.deepEqual(bed.of('unsent'), []);
  await bed.move(250);
  bed.hello(2);
  bed.stream.input('b');
  await bed.move(40_000);
  assert.deepEqual(bed.of('unsent').map((event) => event.why), ['lost']);
});

for (const [code, state] of [[4000, 'ended'], [4003, 'denied']]) {
  test(`close ${code} is the end: ${state}`, async () => {
    const bed = new Bed();
    await bed.begin();
    bed.hello();
    await bed.drop(code);
    assert.equal(bed.of('connection').at(-1).state, state);
    await bed.move(60_000);
    bed.stream.retry();
    await flush();
    assert.equal(bed.sockets.length, 1);
  });
}

test('where no connection comes about the hub is asked why', async () => {
  const bed = new Bed({ ask: async () => 'signed-out' });
  await bed.begin();
  await bed.drop();
  await bed.move(500);
  assert.equal(bed.sockets.length, 2);
  await bed.drop();
  assert.equal(bed.of('connection').at(-1).state, 'signed-out');
});

test('a record is caught up with when its newest frame is there, also where that is something typed', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello(3);
  bed.out(1);
  bed.out(2);
  assert.equal(bed.of('caught_up').length, 0);
  assert.deepEqual(bed.of('out').map((event) => event.replayed), [true, true]);
  await bed.move(1_000);
  assert.equal(bed.of('caught_up').length, 0);
  bed.say({ t: 'in', seq: 3 });
  assert.equal(bed.of('caught_up').length, 1);
  assert.equal(bed.stream.last, 3);
  bed.out(4);
  assert.equal(bed.of('out').at(-1).replayed, false);
});

test('a newest frame that never comes holds nobody up for ever', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello(3);
  bed.out(2);
  await bed.move(3_000);
  assert.equal(bed.of('caught_up').length, 1);
});

test('a connection that is cut before its resume is answered leaves the window what it was', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello();
  for (let cut = 0; cut < 3; cut += 1) {
    await bed.drop();
    await bed.move(8_000);
    bed.socket.onopen();
    assert.deepEqual(bed.socket.sent[0], { v: 1, t: 'resume', resume_token: 'tok-1', after: 0 });
    bed.hello(0, { resume_token: `another-${cut}`, you_control: false });
  }
  bed.hello();
  await bed.drop();
  await bed.move(8_000);
  bed.socket.onopen();
  assert.equal(bed.socket.sent[0].resume_token, 'tok-1');
  assert.equal(bed.stream.token, 'tok-1');
});

test('a forged resume token makes another window, and a sequence that is not there has all of it read anew', async () => {
  const bed = new Bed({ token: 'old', after: 50 });
  await bed.begin();
  assert.deepEqual(bed.socket.sent[0], { v: 1, t: 'resume', resume_token: 'old', after: 50 });
  bed.hello(5, { resume_token: 'fresh' });
  bed.say({ t: 'error', code: 'resume_invalid', message: 'no' });
  bed.say({ t: 'error', code: 'sequence_invalid', message: 'no', newest: 5 });
  await flush();
  bed.socket.onopen();
  assert.deepEqual([bed.sockets.length, bed.socket.cursor], [2, 0]);
  assert.deepEqual(bed.socket.sent[0], { v: 1, t: 'resume', resume_token: 'fresh', after: 0 });
  bed.hello(2);
  bed.out(1, 'n');
  bed.out(2, 'o');
  assert.equal(bed.printed(), 'no');
});

test('the time from a key to what it printed is told', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello();
  bed.stream.input('a');
  bed.time += 38;
  bed.out(2, 'a');
  assert.deepEqual(bed.of('latency'), [{ type: 'latency', ms: 38 }]);
});

test('a stopped stream is silent, also one that is stopped while it opens', async () => {
  const bed = new Bed();
  bed.stream.start();
  bed.stream.stop();
  await flush();
  assert.equal(bed.socket.closed, true);
  const count = bed.heard.length;
  await bed.move(60_000);
  assert.equal(bed.heard.length, count);
  assert.equal(bed.timers.size, 0);
});

const run = (n, after) => ({ run: { n, after } });

test('what a worker did not leave in the record is not kept on the screen: it is told anew from the beginning', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello(0, run(1, 0));
  for (const seq of [1, 2, 3]) bed.out(seq, String(seq));
  await bed.drop();
  await bed.move(250);
  // Only the first two were on disk when it was killed; the next worker counts on from there.
  bed.hello(9, run(2, 2));
  await flush();
  assert.deepEqual([bed.sockets.length, bed.socket.cursor], [3, 0]);
  bed.socket.onopen();
  assert.equal(bed.socket.sent[0].after, 0);
  bed.hello(9, run(2, 2));
  assert.equal(bed.of('hello').length, 2);
  bed.out(1, 'a');
  assert.equal(bed.printed(), '123a');
});

test('a worker that goes on where the last one left it is only followed', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello(0, run(1, 0));
  bed.out(1, 'a');
  await bed.drop();
  await bed.move(250);
  bed.hello(1, run(1, null));
  bed.say({ t: 'state', seq: null, ...run(2, 1) });
  bed.out(2, 'b');
  assert.deepEqual([bed.sockets.length, bed.printed()], [2, 'ab']);
  // Two workers later it is not known what the one between had.
  bed.say({ t: 'state', seq: null, ...run(4, 9) });
  await flush();
  assert.deepEqual([bed.sockets.length, bed.socket.cursor], [3, 0]);
});

test('the end that another worker tells is told behind its record', async () => {
  const bed = new Bed();
  await bed.begin();
  bed.hello(0, run(1, 0));
  bed.out(1, 'a');
  bed.out(2, 'lost');
  await bed.drop();
  await bed.move(250);
  bed.hello(0, run(1, null));
  bed.say({ t: 'ended', reason: 'worker_lost', exit_code: null, seq: 2, ...run(2, null) });
  await flush();
  assert.deepEqual([bed.of('ended').length, bed.sockets.length, bed.socket.cursor], [0, 3, 0]);
  bed.hello(0, run(2, null));
  bed.out(1, 'a');
  bed.say({ t: 'ended', reason: 'worker_lost', exit_code: null, seq: 2, ...run(2, null) });
  assert.deepEqual([bed.of('ended').length, bed.of('connection').at(-1).state], [1, 'ended']);
});
