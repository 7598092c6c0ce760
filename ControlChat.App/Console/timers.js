// Timers by name: each at most once.

export class Timers {
  #running = new Map();

  /** @param clock setTimeout, clearTimeout. */
  constructor(clock) {
    this.clock = clock;
  }

  runs(name) {
    return this.#running.has(name);
  }

  set(name, ms, act) {
    this.cancel(name);
    this.#running.set(name, this.clock.setTimeout(() => {
      this.#running.delete(name);
      act();
    }, ms));
  }

  cancel(name) {
    this.clock.clearTimeout(this.#running.get(name));
    this.#running.delete(name);
  }

  clear() {
    for (const name of [...this.#running.keys()]) this.cancel(name);
  }
}
