// What a stream tells, on a screen, each in its place: what is printed, and how large the terminal is from there on.
import { texts } from './texts.js';

export class Place {
  #size = null;

  /** @param screen A TerminalScreen. */
  constructor(screen) {
    this.screen = screen;
  }

  /** @param {number} last The sequence that is shown already. */
  hear(type, frame, last) {
    const { screen } = this;
    if (type === 'out') screen.write(frame.data, frame.replayed);
    else if (type === 'gap') screen.remark(texts.framesMissing(frame.from, frame.to));
    // A size without a sequence is that of now, which comes in its place too.
    else if (type === 'state' && frame.size && Number.isInteger(frame.seq)) screen.take(frame.size.cols, frame.size.rows);
    else if (type === 'hello') {
      if (last === 0) screen.reset();
      screen.behind(true);
      this.#size = frame.size ?? null;
    } else if (type === 'caught_up') {
      if (this.#size) screen.take(this.#size.cols, this.#size.rows);
      screen.behind(false);
    }
  }
}
