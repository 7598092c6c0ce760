import { TerminalScreen } from '../terminal.js';
import { pictureOf, textOf } from './picture.js';
import { texts } from '../texts.js';

/** The frame's terminal: what it shows, and what of it can be told. */
export class Screen {
  #shown;
  #typed = () => {};
  #sized = () => {};

  /** @param {HTMLElement} host @param {(text: string) => void} said Something the person has to be told. */
  constructor(host, said) {
    this.#shown = new TerminalScreen(host, {
      typed: (text, binary) => this.#typed(text, binary),
      resized: (cols, rows) => this.#sized(cols, rows),
      pasted: (text) => this.#paste(text, said),
    });
  }

  typed(act) {
    this.#typed = act;
  }

  sized(act) {
    this.#sized = act;
  }

  write(data, replayed) {
    this.#shown.write(data, replayed);
  }

  /** @param {boolean} mine @param {{cols: number, rows: number}|null} size As it is for everybody. */
  control(mine, size) {
    if (size) this.#shown.take(size.cols, size.rows);
    this.#shown.control(mine);
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
    if (/[\r\n]./s.test(text) && !this.#shown.terminal.modes.bracketedPasteMode) said(texts.pasteOneByOne);
    else this.#shown.paste(text);
  }
}
