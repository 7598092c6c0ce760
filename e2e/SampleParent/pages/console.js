// The parent's side of the bridge: README of ControlChat, "Embedding". Copy this file, or write your own by the table there.

const VERSION = 1;
const SOURCE = 'controlchat';
const PATIENCE = 30_000;

/** Talks to one frame of the hub. Events arrive as `session-started`, `session-update`, `ticket-needed` and so on, with `event.detail`. */
export class ControlChatFrame extends EventTarget {
  #frame;
  #origin;
  #nonce = null;
  #last = 0;
  #waiting = new Map();

  /** @param {HTMLIFrameElement} frame @param {string} origin The hub's own, exactly. */
  constructor(frame, origin) {
    super();
    this.#frame = frame;
    this.#origin = origin;
    addEventListener('message', (event) => this.#receive(event));
  }

  /** What the hub's operator lets this page ask for. */
  capabilities = [];

  /** Asks the frame for something. @returns {Promise<object>} Fails with `code` and a message. */
  ask(type, data = {}) {
    if (this.#nonce === null) return Promise.reject(new Error('The frame is not there yet.'));
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(id, () => reject(new Error(`No answer to ${type}.`))), PATIENCE);
      this.#waiting.set(id, { resolve, reject, timer });
      this.#post({ type, id, data });
    });
  }

  #receive(event) {
    // The window and its origin first: nothing of a stranger's message is looked at.
    if (event.source !== this.#frame.contentWindow || event.origin !== this.#origin) return;
    const message = event.data;
    if (typeof message !== 'object' || message === null || message.v !== VERSION || message.source !== SOURCE || typeof message.nonce !== 'string') return;
    // A frame that was loaded anew has a new nonce.
    if (message.type === 'ready') return this.#meet(message.nonce);
    if (message.nonce !== this.#nonce) return;
    if (message.type === 'welcome') this.capabilities = message.data.capabilities;
    if (message.id === undefined) this.dispatchEvent(new CustomEvent(message.type, { detail: message.data }));
    else this.#answer(message);
  }

  #meet(nonce) {
    if (nonce === this.#nonce) return;
    this.#nonce = nonce;
    this.#last = 0;
    for (const id of [...this.#waiting.keys()]) this.#settle(id, ({ reject }) => reject(new Error('The frame was loaded anew.')));
    this.#post({ type: 'hello' });
  }

  #answer({ type, id, data }) {
    this.#settle(id, ({ resolve, reject }) => (type === 'error' ? reject(Object.assign(new Error(data.message), { code: data.code })) : resolve(data)));
  }

  #settle(id, end) {
    const waiting = this.#waiting.get(id);
    if (!waiting) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    end(waiting);
  }

  #post(message) {
    this.#frame.contentWindow.postMessage({ v: VERSION, source: SOURCE, nonce: this.#nonce, ...message }, this.#origin);
  }
}
