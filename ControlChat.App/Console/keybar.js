// Keys that a phone has not, and the line one writes in with a thumb.
import { keepAboveKeyboard } from './glass.js';
import { control, encode, runsByItself } from './keys.js';
import { choice, choose } from './memory.js';
import { canDictate, dictate } from './speech.js';

const BAR = 'keys';

export class KeyBar {
  #held = { ctrl: false, alt: false };
  #hearing = null;

  /**
   * @param {object} by
   * @param {(text: string) => boolean} by.send
   * @param {(text: string) => Promise<boolean>} by.paste
   * @param {() => boolean} by.application See `encode`.
   * @param {() => void} by.focus
   * @param {(text: string) => void} by.say
   * @param {(up: boolean) => void} by.covered By a keyboard of glass.
   */
  constructor(parts, by) {
    Object.assign(this, { parts, by });
    this.line = parts.part('line');
    parts.show('keys', this.isOn);
    parts.show('composer', this.isOn);
    parts.press('keys', this.isOn);
    parts.offer('dictate', canDictate());
    parts.part('composer')?.addEventListener('submit', (event) => {
      event.preventDefault();
      this.#sendLine();
    });
    this.line?.addEventListener('keydown', (event) => {
      // While letters are put together Enter takes one of those on offer.
      if (event.isComposing || !globalThis.controlchat?.chord(event, 'line', 'Enter')) return;
      event.preventDefault();
      parts.part('composer').requestSubmit();
    });
    // A tap on a button takes the focus, and with it the keyboard of glass.
    parts.part('keys')?.addEventListener('mousedown', (event) => event.preventDefault());
    this.undo = keepAboveKeyboard(parts.root, by.covered);
  }

  get isOn() {
    const chosen = choice(BAR);
    return chosen === null ? matchMedia('(pointer: coarse)').matches : chosen === 'on';
  }

  toggle() {
    choose(BAR, this.isOn ? 'off' : 'on');
    for (const name of ['keys', 'composer']) this.parts.show(name, this.isOn);
    this.parts.press('keys', this.isOn);
  }

  /** There is nothing to type into any more. */
  leave() {
    for (const name of ['keys', 'composer']) this.parts.show(name, false);
    this.parts.offer('keys', false);
    this.#hearing?.abort();
  }

  /** Whoever watches has no keys. */
  enable(on) {
    for (const key of this.parts.root.querySelectorAll('.key')) key.setAttribute('aria-disabled', on ? 'false' : 'true');
    const send = this.parts.part('send');
    if (send) send.disabled = !on;
    if (!on) this.#hold({ ctrl: false, alt: false });
  }

  /** What was typed on the phone's own keyboard, with what is held. */
  withHeld(text) {
    const { ctrl, alt } = this.#held;
    if ((!ctrl && !alt) || [...text].length !== 1) return text;
    this.#hold({ ctrl: false, alt: false });
    return (alt ? '\x1b' : '') + (ctrl ? control(text) : text);
  }

  press(button) {
    const { key } = button.dataset;
    if (key === 'Ctrl') this.#hold({ ...this.#held, ctrl: !this.#held.ctrl });
    else if (key === 'Alt') this.#hold({ ...this.#held, alt: !this.#held.alt });
    else {
      this.by.send(encode(key, { ...this.#held, application: this.by.application() }));
      this.#hold({ ctrl: false, alt: false });
    }
    // The next key goes to the terminal; a keyboard of glass stays as it is.
    if (!matchMedia('(pointer: coarse)').matches) this.by.focus();
  }

  dictate() {
    if (this.#hearing) {
      this.#hearing.stop();
      return;
    }
    this.#hearing = dictate(
      (text) => { this.line.value = `${this.line.value} ${text}`.trim(); },
      (on, problem) => {
        if (!on) this.#hearing = null;
        this.parts.press('dictate', on);
        if (problem) this.by.say(problem);
        if (!on) this.line.focus();
      },
    );
  }

  dispose() {
    this.#hearing?.abort();
    this.undo?.();
  }

  async #sendLine() {
    const text = this.line.value;
    if (runsByItself(text) ? !(await this.by.paste(text)) : text !== '' && !this.by.send(text)) return;
    if (this.by.send('\r')) this.line.value = '';
  }

  #hold(held) {
    this.#held = held;
    for (const [key, on] of [['Ctrl', held.ctrl], ['Alt', held.alt]]) {
      const button = this.parts.root.querySelector(`.key[data-key="${key}"]`);
      button?.setAttribute('aria-pressed', on ? 'true' : 'false');
      button?.classList.toggle('on', on);
    }
  }
}
