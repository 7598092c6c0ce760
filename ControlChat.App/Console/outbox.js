// What is typed, on its way: bounded, in order, and no faster than the hub takes it.
import { pieces, toBase64 } from './bytes.js';

export const MOST_BYTES = 1024 * 1024;
const PIECE = 24 * 1024; // as base64 well below the hub's 64 KiB a frame
const HELD = 64 * 1024; // in the socket
const PER_TURN = 20;
const TURN_MS = 150; // 133 frames a second; the hub takes 1,000

export class Outbox {
  #waiting = [];
  #bytes = 0;
  #left = PER_TURN;
  #turn = null;

  /** @param clock setTimeout, clearTimeout. */
  constructor(clock) {
    this.clock = clock;
    this.socket = null;
  }

  get bytes() {
    return this.#bytes;
  }

  /** @returns {boolean} False: too much waits already, and nothing of this was taken. */
  add(bytes) {
    if (this.#bytes + bytes.length > MOST_BYTES) return false;
    // What comes in quick succession goes together: each move of a mouse is a report.
    const last = this.#waiting.at(-1);
    if (last && last.length + bytes.length <= PIECE) {
      const both = new Uint8Array(last.length + bytes.length);
      both.set(last);
      both.set(bytes, last.length);
      this.#waiting[this.#waiting.length - 1] = both;
    } else {
      this.#waiting.push(...pieces(bytes, PIECE));
    }
    this.#bytes += bytes.length;
    this.#pump();
    return true;
  }

  /** @returns {number} How many bytes had not left. */
  clear() {
    const lost = this.#bytes;
    this.#waiting = [];
    this.#bytes = 0;
    this.clock.clearTimeout(this.#turn);
    this.#turn = null;
    this.#left = PER_TURN;
    return lost;
  }

  #pump() {
    while (this.#waiting.length > 0 && this.socket && this.#left > 0 && this.socket.bufferedAmount < HELD) {
      const next = this.#waiting.shift();
      this.#bytes -= next.length;
      this.#left -= 1;
      this.socket.send(JSON.stringify({ v: 1, t: 'in', data: toBase64(next) }));
    }
    if (this.#turn !== null || (this.#waiting.length === 0 && this.#left === PER_TURN)) return;
    this.#turn = this.clock.setTimeout(() => {
      this.#turn = null;
      this.#left = PER_TURN;
      this.#pump();
    }, TURN_MS);
  }
}
