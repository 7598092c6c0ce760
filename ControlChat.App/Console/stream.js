// A terminal's stream (contracts, section 8): one socket at a time, taken up again without a hand, nothing shown twice, nothing lost silently.
// It knows no page: what happens is told by `hear(type, frame)` in the words of the stream's own frames, and as `connection`, `latency`, `unsent`.
import { fromBase64, typed } from './bytes.js';
import { Outbox } from './outbox.js';
import { waitOf } from './wait.js';

const OPEN = 1;
const SILENT_MS = 40_000; // the hub beats every 15 s
const OPENING_MS = 15_000;
const STEADY_MS = 5_000;
const ASK_AFTER = 2; // attempts that no hello followed
const ECHO_MS = 10_000;
const QUIET_MS = 400; // what was typed has no frame for others: the newest sequence may never come
const FINAL = { 4000: 'ended', 4003: 'denied' };

export class TerminalStream {
  #socket = null;
  #outbox;
  #attempt = 0;
  #unanswered = 0;
  #timers = { wait: null, silence: null, steady: null, quiet: null };
  #last = 0;
  #live = 0; // what is up to here was there before this connection
  #over = false;
  #typedAt = null;
  #run = null; // the worker's, whose frames are shown
  #greeted = false;
  #isUp = false;

  /**
   * @param {object} by
   * @param {(cursor: number) => Promise<WebSocket>} by.open
   * @param {(type: string, frame: object) => void} by.hear
   * @param {() => Promise<string|null>} [by.ask] Why no connection comes about: `ended`, `denied`, `signed-out`; null: try again.
   * @param {string|null} [by.token] Of an earlier connection of this window.
   * @param {number} [by.after] The last sequence that is shown already.
   * @param {object|null} [by.run] Of the worker that told it.
   */
  constructor({ open, hear, ask = async () => null, token = null, after = 0, run = null, clock = globalThis, now = () => performance.now(), random = Math.random }) {
    Object.assign(this, { open, hear, ask, token, now, random, inControl: false });
    this.clock = { setTimeout: clock.setTimeout.bind(clock), clearTimeout: clock.clearTimeout.bind(clock) };
    this.#outbox = new Outbox(this.clock);
    [this.#last, this.#run] = [after, run];
  }

  /** The sequence of the newest frame that was told. */
  get last() {
    return this.#last;
  }

  get run() {
    return this.#run;
  }

  get isLive() {
    return this.#greeted && this.#socket?.readyState === OPEN;
  }

  start() {
    if (this.#over || this.#socket) return;
    this.#connect();
  }

  stop() {
    this.#over = true;
    this.#drop();
    this.#tell('closed');
  }

  /** The network is back, or the page is looked at again: no wait is waited out. */
  retry() {
    if (this.#over || this.#socket) return;
    this.#attempt = 0;
    this.#connect();
  }

  /** The network went: a socket would notice in a minute. */
  offline() {
    if (this.#over || !this.#socket) return;
    this.#lost(null);
  }

  /** @returns {boolean} False: nothing of it was sent, and that was told. */
  input(text, binary = false) {
    const bytes = typed(text, binary);
    if (bytes.length === 0) return true;
    const why = !this.isLive ? 'offline' : !this.inControl ? 'watching' : this.#outbox.add(bytes) ? null : 'full';
    if (why === null) this.#typedAt ??= this.now();
    else this.hear('unsent', { why, bytes: bytes.length });
    return why === null;
  }

  resize(cols, rows) {
    if (this.inControl) this.#say({ t: 'resize', cols, rows });
  }

  takeControl() {
    this.#say({ t: 'take_control' });
  }

  giveControl() {
    this.#say({ t: 'give_control' });
  }

  object() {
    this.#say({ t: 'object' });
  }

  #say(frame) {
    if (this.#socket?.readyState === OPEN) this.#socket.send(JSON.stringify({ v: 1, ...frame }));
  }

  #tell(state, more = {}) {
    this.hear('connection', { state, ...more });
  }

  async #connect() {
    this.#cancel('wait');
    this.#attempt += 1;
    this.#tell('connecting', { attempt: this.#attempt });
    const mine = (this.#socket = {}); // a place held until the socket is there
    let socket;
    try {
      socket = await this.open(this.#last);
    } catch (error) {
      if (this.#socket === mine) this.#lost(null, error);
      return;
    }
    if (this.#over || this.#socket !== mine) {
      socket.close();
      return;
    }
    this.#take(socket);
  }

  #take(socket) {
    this.#socket = socket;
    this.#set('silence', OPENING_MS, () => this.#lost(null));
    const current = (act) => (event) => this.#socket === socket && act(event);
    socket.onopen = current(() => {
      if (this.token) this.#say({ t: 'resume', resume_token: this.token, after: this.#last });
    });
    socket.onmessage = current((event) => this.#read(event.data));
    socket.onclose = current((event) => this.#lost(event));
  }

  #read(text) {
    this.#set('silence', SILENT_MS, () => this.#lost(null));
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame?.v !== 1) return;
    // A frame of a type that is not known tells nothing, and is passed on as it is.
    if (frame.t === 'out') this.#out(frame);
    else if (frame.t === 'ping') this.#say({ t: 'pong', n: frame.n });
    else if (frame.t === 'hello') this.#hello(frame);
    else this.#other(frame);
  }

  #hello(frame) {
    this.token = frame.resume_token ?? this.token;
    if (this.#isElsewhere(frame.run)) return;
    this.inControl = frame.you_control === true;
    this.#live = frame.seq;
    this.#isUp = false;
    this.#greeted = true;
    this.#unanswered = 0;
    this.#outbox.socket = this.#socket;
    this.#set('steady', STEADY_MS, () => { this.#attempt = 0; });
    this.#tell('live');
    this.hear('hello', frame);
    this.#catchUp(this.#last);
  }

  // The record is told first, then what happens now.
  #catchUp(seq) {
    if (seq === null || this.#isUp) return;
    if (seq < this.#live) {
      this.#set('quiet', QUIET_MS, () => this.#catchUp(this.#live));
      return;
    }
    this.#cancel('quiet');
    this.#isUp = true;
    this.hear('caught_up', {});
  }

  #out(frame) {
    // Shown already, over another connection. A hole says nothing: what was typed has a place in the sequence too. The hub tells each gap.
    if (frame.seq <= this.#last) return;
    this.#last = frame.seq;
    const replayed = frame.seq <= this.#live;
    if (!replayed && this.#typedAt !== null) this.#echo();
    this.hear('out', { seq: frame.seq, data: fromBase64(frame.data), replayed });
    this.#catchUp(frame.seq);
  }

  // A worker that was killed had told frames that are in no record; the next one counts on from the record. Only who has none of those goes on:
  // everybody else begins with the record again.
  #isElsewhere(run) {
    const before = this.#run;
    if (!Number.isInteger(run?.n) || run.n === before?.n) return false;
    this.#run = run;
    if (before === null || this.#last === 0 || (run.n === before.n + 1 && run.after !== null && this.#last <= run.after)) return false;
    this.#last = 0;
    this.#drop();
    this.#connect();
    return true;
  }

  #other(frame) {
    if (this.#isElsewhere(frame.run)) return;
    if (frame.t === 'gap') {
      if (frame.to <= this.#last) return;
      this.#last = frame.to;
    } else if (frame.t === 'state') {
      this.inControl = frame.you_control === true;
      if (frame.seq != null && frame.seq <= this.#last) frame = { ...frame, size: null, notice: null };
      else if (frame.seq != null) this.#last = frame.seq;
    } else if (frame.t === 'error' && frame.code === 'sequence_invalid') {
      // The hub has less than this window: what it says counts.
      if (Number.isSafeInteger(frame.newest)) this.#last = Math.min(this.#last, frame.newest);
    } else if (frame.t === 'error' && frame.code === 'resume_invalid') {
      this.token = null;
    } else if (frame.t === 'ended') {
      this.#finish('ended', frame);
      return;
    }
    this.hear(frame.t, frame);
    this.#catchUp(frame.t === 'gap' ? frame.to : frame.t === 'state' ? frame.seq : null);
  }

  #echo() {
    const ms = this.now() - this.#typedAt;
    this.#typedAt = null;
    if (ms < ECHO_MS) this.hear('latency', { ms: Math.round(ms) });
  }

  #finish(state, frame) {
    this.#over = true;
    this.hear(state === 'ended' ? 'ended' : 'denied', frame ?? {});
    this.#drop();
    this.#tell(state);
  }

  async #lost(event, error = null) {
    const answered = this.#greeted;
    const unsent = this.#drop();
    if (unsent > 0) this.hear('unsent', { why: 'lost', bytes: unsent });
    if (this.#over) return;
    if (event && FINAL[event.code]) return this.#finish(FINAL[event.code], { reason: null, exit_code: null });
    if (answered && event?.code === 4001) this.#attempt = 0;
    this.#unanswered = answered ? 0 : this.#unanswered + 1;
    if (this.#unanswered >= ASK_AFTER || error?.status >= 400) {
      const why = await this.ask().catch(() => null);
      if (this.#over || this.#socket || this.#timers.wait !== null) return;
      if (why) return this.#finish(why, { reason: null, exit_code: null });
    }
    const wait = waitOf(Math.max(1, this.#attempt), this.random);
    this.#tell('waiting', { attempt: this.#attempt, wait });
    this.#set('wait', wait, () => this.#connect());
  }

  /** @returns {number} Typed bytes that had not left. */
  #drop() {
    const socket = this.#socket;
    this.#socket = null;
    this.#greeted = false;
    this.#typedAt = null;
    this.inControl = false;
    for (const name of Object.keys(this.#timers)) this.#cancel(name);
    this.#outbox.socket = null;
    if (socket?.close) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    return this.#outbox.clear();
  }

  #set(name, ms, act) {
    this.#cancel(name);
    this.#timers[name] = this.clock.setTimeout(() => {
      this.#timers[name] = null;
      act();
    }, ms);
  }

  #cancel(name) {
    if (this.#timers[name] !== null) this.clock.clearTimeout(this.#timers[name]);
    this.#timers[name] = null;
  }
}
