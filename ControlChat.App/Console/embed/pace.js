/** So many a second, and as many at once. */
export class Pace {
  #left;
  #at;

  /** @param {number} perSecond @param {() => number} now Milliseconds that never go back. */
  constructor(perSecond, now) {
    this.perSecond = perSecond;
    this.now = now;
    this.#left = perSecond;
    this.#at = now();
  }

  /** @returns {boolean} False: one too many. */
  take() {
    const at = this.now();
    this.#left = Math.min(this.perSecond, this.#left + ((at - this.#at) / 1000) * this.perSecond);
    this.#at = at;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}
