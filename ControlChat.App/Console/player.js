// The record of a terminal, played again: when what is shown. It knows no page and no clock of its own.

export const SPEEDS = [0.5, 1, 2, 4, 8, 16];
const IDLE_MS = 1_000;

/**
 * @param {{at: number, type: string}[]} records In order; `at` in milliseconds.
 * @returns {number[]} When each is due, from 0.
 */
export const timesOf = (records, skipIdle) => {
  let due = 0;
  return records.map((record, index) => {
    const pause = index === 0 ? 0 : Math.max(0, record.at - records[index - 1].at);
    due += skipIdle ? Math.min(pause, IDLE_MS) : pause;
    return due;
  });
};

/** How many of the times are up. */
const upTo = (times, position) => {
  let [low, high] = [0, times.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (times[middle] <= position) low = middle + 1;
    else high = middle;
  }
  return low;
};

export class Player {
  #times;
  #shown = 0;
  #position = 0;
  #since = null;
  #timer = null;

  /**
   * @param {object} by
   * @param {object[]} by.records
   * @param {(records: object[], fresh: boolean) => void} by.show Those that are due; `fresh`: the screen is cleared first.
   * @param {() => void} by.changed
   */
  constructor({ records, show, changed = () => {}, now = () => performance.now(), clock = globalThis }) {
    Object.assign(this, { records, show, changed, now, speed: 1, skipIdle: true });
    this.clock = { setTimeout: clock.setTimeout.bind(clock), clearTimeout: clock.clearTimeout.bind(clock) };
    this.#times = timesOf(records, true);
  }

  get length() {
    return this.#times.at(-1) ?? 0;
  }

  get isPlaying() {
    return this.#since !== null;
  }

  get position() {
    if (!this.isPlaying) return this.#position;
    return Math.min(this.length, this.#position + (this.now() - this.#since) * this.speed);
  }

  /** When the record at the position was made. */
  get at() {
    return this.records[Math.max(0, upTo(this.#times, this.position) - 1)]?.at ?? null;
  }

  play() {
    if (this.isPlaying || this.records.length === 0) return;
    if (this.#position >= this.length) this.seek(0);
    this.#since = this.now();
    this.#go();
  }

  pause() {
    if (!this.isPlaying) return;
    this.#position = this.position;
    this.#since = null;
    this.clock.clearTimeout(this.#timer);
    this.changed();
  }

  seek(position) {
    this.#position = Math.min(this.length, Math.max(0, position));
    if (this.isPlaying) this.#since = this.now();
    const due = upTo(this.#times, this.#position);
    // Backwards only a fresh screen can be right.
    const fresh = due < this.#shown;
    const from = fresh ? 0 : this.#shown;
    this.#shown = due;
    if (fresh || due > from) this.show(this.records.slice(from, due), fresh);
    if (this.isPlaying) this.#go();
    else this.changed();
  }

  setSpeed(speed) {
    this.#rebase(() => { this.speed = SPEEDS.includes(speed) ? speed : 1; });
  }

  setSkipIdle(on) {
    this.#rebase(() => {
      const share = this.#shown;
      this.skipIdle = on;
      this.#times = timesOf(this.records, on);
      this.#position = share === 0 ? 0 : this.#times[share - 1];
    });
  }

  dispose() {
    this.clock.clearTimeout(this.#timer);
    this.#since = null;
  }

  #rebase(change) {
    const playing = this.isPlaying;
    this.#position = this.position;
    if (playing) this.#since = this.now();
    change();
    if (playing) this.#go();
    else this.changed();
  }

  #go() {
    this.clock.clearTimeout(this.#timer);
    const position = this.position;
    const due = upTo(this.#times, position);
    if (due > this.#shown) this.show(this.records.slice(this.#shown, due), false);
    this.#shown = Math.max(this.#shown, due);
    if (this.#shown >= this.records.length) {
      this.#position = this.length;
      this.#since = null;
      this.changed();
      return;
    }
    this.changed();
    const wait = Math.min(250, Math.max(1, (this.#times[this.#shown] - position) / this.speed));
    this.#timer = this.clock.setTimeout(() => this.#go(), wait);
  }
}
