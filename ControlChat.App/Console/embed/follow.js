import { endOf } from '../refusals.js';
import { TerminalStream } from '../stream.js';
import { refusedWords, unsentWords } from '../strip.js';

/** The frame's window at the terminal: stays the same one over reconnects and fresh tickets. */
export class Follower {
  #stream = null;
  #token = null;
  #last = 0;
  #size = null;
  #isUp = false;

  /** @param {object} by hub: see hub.js; screen: see screen.js; heard(type, frame); lost(); said(text) to the person. */
  constructor({ hub, screen, heard, lost, said }) {
    Object.assign(this, { hub, screen, heard, lost, said });
    screen.typed((text, binary) => this.#stream?.input(text, binary));
    screen.sized((cols, rows) => this.#stream?.resize(cols, rows));
  }

  /** @returns {() => void} Stops it; the place in the terminal is kept. */
  open(key) {
    const stream = (this.#stream = new TerminalStream({
      open: (cursor) => this.hub.open(key.token, cursor, key.access === 'control'),
      hear: (type, frame) => this.#stream === stream && this.#hear(type, frame, key),
      ask: () => this.#ask(key),
      token: this.#token, after: this.#last,
    }));
    stream.start();
    return () => {
      [this.#token, this.#last] = [stream.token, stream.last];
      this.#stream = null;
      stream.stop();
      this.screen.control(false);
    };
  }

  takeControl() {
    this.#stream?.takeControl();
  }

  giveControl() {
    this.#stream?.giveControl();
  }

  keepControl() {
    this.#stream?.object();
  }

  retry() {
    this.#stream?.retry();
  }

  offline() {
    this.#stream?.offline();
  }

  #hear(type, frame, key) {
    const shown = {
      out: () => this.screen.write(frame.data, frame.replayed),
      hello: () => this.#begins(frame, key),
      state: () => this.#stands(frame, key),
      caught_up: () => this.#isNow(),
      gap: () => this.screen.gap(frame.from, frame.to),
      connection: () => this.#connects(frame),
    };
    shown[type]?.();
    this.heard(type, type === 'out' ? { bytes: frame.data.length } : frame);
    if (type === 'unsent') this.said(unsentWords(frame.why));
    if (type === 'error') this.said(refusedWords(frame));
    if (type === 'denied') this.lost();
  }

  // The record first, in the sizes of its time; then who types decides how large the terminal is, and who watches sees it as it is.
  #begins(frame, key) {
    this.#isUp = false;
    this.screen.behind(true, this.#stream.last === 0);
    this.#stands(frame, key);
  }

  #stands(frame, key) {
    this.#size = frame.size ?? this.#size;
    if (frame.size && (this.#isUp || frame.seq != null) && frame.t !== 'hello') this.screen.take(frame.size);
    this.screen.control(key.access === 'control' && frame.you_control === true);
  }

  #isNow() {
    this.#isUp = true;
    if (this.#size) this.screen.take(this.#size);
    this.screen.behind(false);
  }

  #connects({ state }) {
    if (state === 'live') return;
    this.#isUp = false;
    this.screen.control(false);
  }

  // An ended terminal is told by its stream, behind its last frames and with its reason.
  async #ask(key) {
    try {
      const session = await this.hub.find(key.token);
      return session.state === 'ended' && session.mode !== 'terminal' ? 'ended' : null;
    } catch (error) {
      return endOf(error) === null ? null : 'denied';
    }
  }
}
