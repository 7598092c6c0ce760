// A terminal's stream (contracts, section 8): one socket at a time, taken up again without a hand, nothing shown twice, nothing lost silently.
// It knows no page: what happens is told by `hear(type, frame)` in the words of the stream's own frames, and as `connection`, `latency`, `unsent`.
import { fromBase64, typed } from './bytes.js';
import { Outbox } from './outbox.js';
import { goesOn } from './run.js';
import { Timers } from './timers.js';
import { Typing } from './typing.js';
import { waitOf } from './wait.js';

const OPEN = 1;
const SILENT_MS = 40_000; // the hub beats every 15 s
const OPENING_MS = 15_000;
const STEADY_MS = 5_000;
const ASK_AFTER = 2; // attempts that no hello followed
const QUIET_MS = 3_000; // the newest sequence of the record comes; a hub that keeps it to itself holds up nobody for ever
const CUTS = ['busy', 'rate_limited', 'not_in_control', 'not_at_work']; // what the hub says of typing that it did not take
const FINAL = { 4000: 'ended', 4003: 'denied' };

export class TerminalStream {
  #socket = null;
  #outbox;
  #attempt = 0;
  #unanswered = 0;
  #timers;
  last = 0; // the sequence of the newest frame that was told
  #live = 0; // what is up to here was there before this connection
  #over = false;
  #typing;
  #gaps = []; // told when something comes behind them
  #shownToken = null; // its resume is not answered yet
  #freshToken = null;
  run = null; // the worker's, whose frames are shown
  #greeted = false;
  #isUp = false;

  /**
   * @param {object} by
   * @param {(cursor: number) => Promise<WebSocket>} by.open
   * @param {(type: string, frame: object) => void} by.hear
   * @param {() => Promise<string|null>} [by.ask] Why no connection comes about: `ended`, `denied`, `signed-out`; null: try again.
   * @param {string|null} [by.token] Of an earlier connection of this window.
   * @param {number} [by.after] The last sequence that is shown already. @param {object|null} [by.run] Of the worker that told it.
   */
  constructor({ open, hear, ask = async () => null, token = null, after = 0, run = null, clock = globalThis, now = () => performance.now(), random = Math.random }) {
    Object.assign(this, { open, hear, ask, token, now, random, inControl: false });
    this.clock = { setTimeout: clock.setTimeout.bind(clock), clearTimeout: clock.clearTimeout.bind(clock) };
    this.#timers = new Timers(this.clock);
    this.#typing = new Typing(now);
    this.#outbox = new Outbox(this.clock);
    [this.last, this.run] = [after, run];
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
    if (why === null) this.#typing.typed();
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
    this.#timers.cancel('wait');
    this.#attempt += 1;
    this.#tell('connecting', { attempt: this.#attempt });
    const mine = (this.#socket = {}); // a place held until the socket is there
    let socket;
    try {
      socket = await this.open(this.last);
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
    this.#timers.set('silence', OPENING_MS, () => this.#lost(null));
    const current = (act) => (event) => this.#socket === socket && act(event);
    socket.onopen = current(() => {
      [this.#shownToken, this.#freshToken] = [this.token, null];
      if (this.token) this.#say({ t: 'resume', resume_token: this.token, after: this.last });
    });
    socket.onmessage = current((event) => this.#read(event.data));
    socket.onclose = current((event) => this.#lost(event));
  }

  #read(text) {
    this.#timers.set('silence', SILENT_MS, () => this.#lost(null));
    let frame;
    try {
      frame = JSON.parse(text);
    } catch {
      return;
    }
    if (frame?.v !== 1) return;
    // Right before a close it is not final: the hub may still have what this connection was too slow for.
    if (frame.t === 'gap') this.#gaps.push(frame);
    else if (frame.t !== 'error') this.#tellGaps();
    // A frame of a type that is not known tells nothing, and is passed on as it is.
    if (frame.t === 'out') this.#out(frame);
    else if (frame.t === 'ping') this.#say({ t: 'pong', n: frame.n });
    else if (frame.t === 'hello') this.#hello(frame);
    else if (frame.t !== 'gap') this.#other(frame);
  }

  #tellGaps() {
    for (const gap of this.#gaps.splice(0)) this.#other(gap);
  }

  #hello(frame) {
    // Until then the hub speaks to a new window: who takes that one's token is another window after a cut.
    if (this.#shownToken !== null && frame.resume_token !== this.#shownToken) this.#freshToken = frame.resume_token ?? null;
    else [this.token, this.#shownToken] = [frame.resume_token ?? this.token, null];
    if (this.#isElsewhere(frame.run)) return;
    this.inControl = frame.you_control === true;
    this.#live = frame.seq;
    this.#isUp = false;
    this.#greeted = true;
    this.#unanswered = 0;
    this.#outbox.socket = this.#socket;
    this.#timers.set('steady', STEADY_MS, () => { this.#attempt = 0; });
    this.#tell('live');
    this.hear('hello', frame);
    this.#catchUp(this.last);
  }

  // The record is told first, then what happens now.
  #catchUp(seq) {
    if (seq === null || this.#isUp) return;
    if (seq < this.#live) {
      this.#timers.set('quiet', QUIET_MS, () => {
        this.#tellGaps();
        this.#catchUp(this.#live);
      });
      return;
    }
    this.#timers.cancel('quiet');
    this.#isUp = true;
    this.hear('caught_up', {});
  }

  #out(frame) {
    // Shown already, over another connection. The hub tells each gap.
    if (frame.seq <= this.last) return;
    this.last = frame.seq;
    const replayed = frame.seq <= this.#live;
    const ms = replayed ? null : this.#typing.echoed();
    if (ms !== null) this.hear('latency', { ms });
    this.hear('out', { seq: frame.seq, data: fromBase64(frame.data), replayed });
    this.#catchUp(frame.seq);
  }

  #isElsewhere(run) {
    const before = this.run;
    if (!Number.isInteger(run?.n) || run.n === before?.n) return false;
    this.run = run;
    if (goesOn(before, run, this.last)) return false;
    this.#again();
    return true;
  }

  #other(frame) {
    if (this.#isElsewhere(frame.run)) return;
    if (frame.t === 'gap') {
      if (frame.to <= this.last) return;
      this.last = frame.to;
    } else if (frame.t === 'in') {
      // Somebody typed: what it was is shown to nobody, and has its place.
      this.last = Math.max(this.last, frame.seq);
      if (frame.seq > this.#live) this.#typing.arrived();
    } else if (frame.t === 'state') {
      this.inControl = frame.you_control === true;
      if (frame.seq != null && frame.seq <= this.last) frame = { ...frame, size: null, notice: null };
      else if (frame.seq != null) this.last = frame.seq;
    } else if (frame.t === 'error' && frame.code === 'sequence_invalid') {
      // The hub has less than this window: what is shown is not what the terminal printed, and all of it is read anew.
      if (this.last > 0) return this.#again();
    } else if (frame.t === 'error' && frame.code === 'resume_invalid') {
      if (this.#shownToken !== null) [this.token, this.#shownToken] = [this.#freshToken, null];
    } else if (frame.t === 'error' && CUTS.includes(frame.code)) {
      // The rest of a paste without its beginning is another text.
      frame = { ...frame, cut: this.#outbox.clear() };
    } else if (frame.t === 'ended') {
      this.#finish('ended', frame);
      return;
    }
    this.hear(frame.t, frame);
    this.#catchUp(frame.t === 'gap' ? frame.to : frame.t === 'state' || frame.t === 'in' ? frame.seq : null);
  }

  #again() {
    this.#drop();
    this.last = 0;
    this.#connect();
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
      if (this.#over || this.#socket || this.#timers.runs('wait')) return;
      if (why) return this.#finish(why, { reason: null, exit_code: null });
    }
    const wait = waitOf(Math.max(1, this.#attempt), this.random);
    this.#tell('waiting', { attempt: this.#attempt, wait });
    this.#timers.set('wait', wait, () => this.#connect());
  }

  /** @returns {number} Typed bytes of which nobody knows whether they arrived. */
  #drop() {
    const socket = this.#socket;
    const doubt = (this.#typing.left() ? 1 : 0) || (socket?.bufferedAmount ?? 0);
    const left = this.#outbox.clear();
    this.#socket = null;
    this.#greeted = false;
    this.#gaps = [];
    this.inControl = false;
    this.#timers.clear();
    this.#outbox.socket = null;
    if (socket?.close) {
      socket.onopen = socket.onmessage = socket.onclose = null;
      socket.close();
    }
    return left + doubt;
  }
}
