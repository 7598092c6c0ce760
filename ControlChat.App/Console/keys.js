// Keys as a terminal hears them: xterm's control sequences (https://invisible-island.net/xterm/ctlseqs/ctlseqs.html).

const ESC = '\x1b';
const ARROWS = { Up: 'A', Down: 'B', Right: 'C', Left: 'D' };
const NAMED = { Esc: ESC, Tab: '\t', '^C': '\x03', '^D': '\x04' };

/** A character held together with Ctrl: what Ctrl has no meaning for stays as it is. */
export const control = (letter) => {
  const upper = letter.toUpperCase();
  if (upper >= '@' && upper <= '_') return String.fromCharCode(upper.charCodeAt(0) & 0x1f);
  if (letter === ' ') return '\0';
  return letter === '?' ? '\x7f' : letter;
};

/**
 * @param {string} key A name of the key bar, or the character itself.
 * @param {{ctrl?: boolean, alt?: boolean, application?: boolean}} held `application`: the program wants its arrows so (DECCKM).
 */
export const encode = (key, { ctrl = false, alt = false, application = false } = {}) => {
  const arrow = ARROWS[key];
  if (arrow) {
    if (ctrl || alt) return `${ESC}[1;${1 + (alt ? 2 : 0) + (ctrl ? 4 : 0)}${arrow}`;
    return `${ESC}${application ? 'O' : '['}${arrow}`;
  }
  const plain = NAMED[key] ?? (ctrl && [...key].length === 1 ? control(key) : key);
  return (alt ? ESC : '') + plain;
};

/** Lines of what is to be pasted. One at the end that is empty is no line: it is the Enter behind the last one. */
export const linesOf = (text) => text.split(/\r\n|\r|\n/).length;

/** Whether pasting it could run something by itself: an Enter, or another key of control that a program acts on at once (Ctrl O in a shell). */
export const runsByItself = (text) => /[\x00-\x08\x0a-\x1f\x7f-\x9f]/.test(text);

/** What the emulator says by itself of the mouse and of the focus: a person who only looks does not type it. */
export const isReport = (text) => /^\x1b\[(?:[IO]|M|<[\d;]+[mM])/.test(text);
