import { clean, refusal } from '../paste.js';
import { Place } from '../place.js';
import { TerminalScreen } from '../terminal.js';
import { pictureOf, textOf } from './picture.js';

/** The frame's terminal: what it shows, and what of it can be told. */
export class Screen {
  #shown;
  #place;
  #typed = () => {};
  #sized = () => {};

  /** @param {HTMLElement} host @param {(text: string) => void} said Something the person has to be told. @param {() => void} leave By its keys. */
  constructor(host, said, leave) {
    this.#shown = new TerminalScreen(host, {
      typed: (text, binary) => this.#typed(text, binary),
      resized: (cols, rows) => this.#sized(cols, rows),
      pasted: (text) => this.#paste(text, said),
      keys: { leave },
    });
    this.#place = new Place(this.#shown);
  }

  typed(act) {
    this.#typed = act;
  }

  sized(act) {
    this.#sized = act;
  }

  hear(type, frame, last) {
    this.#place.hear(type, frame, last);
  }

  control(mine) {
    this.#shown.control(mine);
  }

  readAloud(on) {
    this.#shown.readAloud(on);
  }

  size() {
    return { cols: this.#shown.cols, rows: this.#shown.rows };
  }

  text() {
    return textOf(this.#shown.terminal);
  }

  picture() {
    return pictureOf(this.#shown.terminal, (width, height) => Object.assign(document.createElement('canvas'), { width, height }));
  }

  // A frame has no dialog to ask in: several lines would run before anybody had read them.
  #paste(text, said) {
    const why = refusal(text, this.#shown.terminal.modes.bracketedPasteMode);
    if (why) said(why);
    else if (clean(text) !== '') this.#shown.paste(clean(text));
  }
}
