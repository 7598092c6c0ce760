// Records on their way to a screen: so many at a time, and what is wanted last is shown, however fast somebody scrubs.

const MOST_BYTES = 1024 * 1024; // at once: the emulator takes 50 MB, and holds up the page meanwhile

export class Feed {
  #waiting = [];
  #next = 0;
  #fresh = false;
  #busy = false;
  #gone = false;

  /**
   * @param {object} by
   * @param {() => void} by.reset
   * @param {(record: object) => Promise<void>|void} by.write Done when it is on the screen.
   */
  constructor({ reset, write, most = MOST_BYTES }) {
    Object.assign(this, { reset, write, most });
  }

  /** @param {boolean} fresh From the beginning: what is still on its way is not wanted any more. */
  push(records, fresh = false) {
    if (fresh) [this.#waiting, this.#next, this.#fresh] = [records, 0, true];
    else if (this.#next >= this.#waiting.length) [this.#waiting, this.#next] = [records, 0];
    else [this.#waiting, this.#next] = [[...this.#waiting.slice(this.#next), ...records], 0];
    return this.#run();
  }

  stop() {
    this.#gone = true;
  }

  async #run() {
    if (this.#busy) return;
    this.#busy = true;
    try {
      while (!this.#gone && (this.#fresh || this.#next < this.#waiting.length)) {
        if (this.#fresh) this.reset();
        this.#fresh = false;
        await this.#piece();
      }
    } finally {
      this.#busy = false;
    }
  }

  #piece() {
    const under = [];
    for (let bytes = 0; bytes < this.most && this.#next < this.#waiting.length; this.#next += 1) {
      const record = this.#waiting[this.#next];
      bytes += record.data?.length ?? 0;
      under.push(this.write(record));
    }
    return Promise.all(under);
  }
}
