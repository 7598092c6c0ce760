// Keys on their way: how long they take to be seen, and whether the last of them may have gone into a network that was away already.

const ECHO_MS = 10_000;
const DOUBT_MS = 45_000;

export class Typing {
  #typedAt = null;
  #keyAt = null;

  constructor(now) {
    this.now = now;
  }

  typed() {
    this.#keyAt = this.now();
    this.#typedAt ??= this.#keyAt;
  }

  /** The terminal was heard of since. */
  arrived() {
    this.#keyAt = null;
  }

  /** Something was printed. @returns {number|null} Milliseconds since the key before it; null: there was none. */
  echoed() {
    const since = this.#typedAt === null ? null : this.now() - this.#typedAt;
    this.#typedAt = this.#keyAt = null;
    return since !== null && since < ECHO_MS ? Math.round(since) : null;
  }

  /** The connection is gone. @returns {boolean} Whether nothing came behind the last keys. */
  left() {
    const doubt = this.#keyAt !== null && this.now() - this.#keyAt < DOUBT_MS;
    this.#typedAt = this.#keyAt = null;
    return doubt;
  }
}
