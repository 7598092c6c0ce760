import { TerminalStream } from '../stream.js';

/** The frame's window at the terminal: stays the same one over reconnects and fresh tickets. */
export class Follower {
  #stream = null;
  #token = null;
  #last = 0;

  /** @param {object} by hub: see hub.js; screen: see screen.js; heard(type, frame); lost(). */
  constructor({ hub, screen, heard, lost }) {
    Object.assign(this, { hub, screen, heard, lost });
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
    };
  }

  takeControl() {
    this.#stream?.takeControl();
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
    if (type === 'out') this.screen.write(frame.data, frame.replayed);
    else if (type === 'hello' || type === 'state') this.#stand(frame, key);
    this.heard(type, type === 'out' ? { bytes: frame.data.length } : frame);
    if (type === 'denied') this.lost();
  }

  // Who types decides how large the terminal is; who watches sees it as it is.
  #stand(frame, key) {
    const mine = key.access === 'control' && frame.you_control === true;
    this.screen.control(mine, frame.size ?? null);
  }

  async #ask(key) {
    try {
      return (await this.hub.find(key.token)).state === 'ended' ? 'ended' : null;
    } catch (error) {
      return error.status === 401 || error.status === 403 || error.status === 404 ? 'denied' : null;
    }
  }
}
