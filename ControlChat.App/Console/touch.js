// A finger on the terminal, of which xterm.js 6.0.0 hears nothing (https://github.com/xtermjs/xterm.js/issues/5489): it scrolls what was
// printed, and what a program draws by itself it scrolls as a wheel does.

const MOST_TURNS = 20; // of a wheel, at once

/** What a finger moved, in whole lines; the rest waits for the next move. */
export class Swipe {
  #at = null;
  #rest = 0;

  start(at) {
    this.#at = at;
    this.#rest = 0;
  }

  /**
   * @param {{x: number, y: number}} at
   * @param {number} height Of a line, in pixels.
   * @param {(dx: number, dy: number) => number} slide Moves what is larger than its window; returns how much of dy that took.
   * @returns {number} Lines, downwards.
   */
  move(at, height, slide) {
    if (!this.#at) return 0;
    const [dx, dy] = [this.#at.x - at.x, this.#at.y - at.y];
    this.#at = at;
    this.#rest += dy - slide(dx, dy);
    const lines = Math.trunc(this.#rest / height) || 0; // no minus zero
    this.#rest -= lines * height;
    return lines;
  }

  end() {
    this.#at = null;
  }
}

/** @returns {() => void} Ends it. */
export const scrollByTouch = (host, terminal) => {
  const swipe = new Swipe();
  const place = ({ clientX: x, clientY: y }) => ({ x, y });
  const slide = (dx, dy) => {
    const before = host.scrollTop;
    host.scrollBy(dx, dy);
    return host.scrollTop - before;
  };
  const turn = (lines, { x, y }) => {
    const target = host.querySelector('.xterm-screen');
    for (let left = Math.min(MOST_TURNS, Math.abs(lines)); left > 0; left -= 1)
      target.dispatchEvent(new WheelEvent('wheel', { deltaY: Math.sign(lines), deltaMode: WheelEvent.DOM_DELTA_LINE, clientX: x, clientY: y, bubbles: true, cancelable: true }));
  };
  const start = (event) => (event.touches.length === 1 ? swipe.start(place(event.touches[0])) : swipe.end());
  const move = (event) => {
    if (event.touches.length !== 1) return;
    event.preventDefault(); // neither the page scrolls nor a new one is loaded by pulling
    const at = place(event.touches[0]);
    const lines = swipe.move(at, host.querySelector('.xterm-screen').clientHeight / terminal.rows || 1, slide);
    if (lines === 0) return;
    if (terminal.modes.mouseTrackingMode !== 'none' || terminal.buffer.active.type === 'alternate') turn(lines, at);
    else terminal.scrollLines(lines);
  };
  const listeners = [['touchstart', start, { passive: true }], ['touchmove', move, { passive: false }]];
  for (const [name, act, options] of listeners) host.addEventListener(name, act, options);
  return () => {
    for (const [name, act, options] of listeners) host.removeEventListener(name, act, options);
  };
};
