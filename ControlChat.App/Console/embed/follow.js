import { endOf } from '../refusals.js';
import { TerminalStream } from '../stream.js';
import { refusedWords, unsentWords } from '../strip.js';

/** The frame's window at the terminal: stays the same one over reconnects and fresh tickets. */
export class Follower {
  #stream = null;
  #token = null;
  #last = 0;
  #run = null;

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
      token: this.#token, after: this.#last, run: this.#run,
    }));
    stream.start();
    return () => {
      [this.#token, this.#last, this.#run] = [stream.token, stream.last, stream.run];
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
    this.screen.hear(type, frame, this.#stream.last);
    if (type === 'connection' && frame.state !== 'live') this.screen.control(false);
    // Who types decides how large the terminal is; who watches sees it as it is.
    if (type === 'hello' || type === 'state') this.screen.control(key.access === 'control' && frame.you_control === true);
    this.heard(type, type === 'out' ? { bytes: frame.data.length } : frame);
    if (type === 'unsent') this.said(unsentWords(frame.why));
    if (type === 'error') this.said(refusedWords(frame));
    if (type === 'denied') this.lost();
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
