// What is pasted: several lines, or one with an Enter behind it, run by themselves, and so do control characters; so a person sees them first.
import { linesOf, runsByItself } from './keys.js';
import { MOST_BYTES } from './outbox.js';
import { texts } from './texts.js';

const SHOWN = 12;

/** As many Enters as the hub takes at once (Core, TerminalPace). */
export const MOST_LINES = 1_000;

/** Without what would end the brackets around it or speak to the emulator (ESC and C1), and without the Enter at its end. */
export const clean = (text) => text.replace(/[\x1b\x80-\x9f]/g, '').replace(/[\r\n]+$/, '');

/** @returns {string|null} Why nothing of it is pasted: half of a script is worse than none. */
export const tooMuch = (text) => {
  const count = linesOf(text);
  if (count > MOST_LINES) return texts.tooManyLines(count, MOST_LINES);
  if (new TextEncoder().encode(text).length > MOST_BYTES) return texts.tooManyBytes;
  return null;
};

/** What the person is asked before it is pasted. */
export const question = (text) => {
  const lines = linesOf(clean(text));
  const isOdd = /[^\P{Cc}\t\r\n]/u.test(text);
  if (lines > 1) return isOdd ? texts.pasteOddLines(lines) : texts.pasteLines(lines);
  return isOdd ? texts.pasteOdd : texts.pasteOneLine;
};

/** @returns {Promise<string|null>} What to paste; null: nothing. */
export const mayPaste = async (text, { part, write }) => {
  const cleaned = clean(text);
  if (cleaned === '') return null;
  if (!runsByItself(text)) return cleaned;
  const dialog = part('paste');
  if (!dialog || dialog.open) return null;
  const lines = cleaned.split(/\r\n|\r|\n/);
  write('paste-title', question(text));
  // Invisible characters are shown as what they are: this is what the person decides by.
  write('paste-text', lines.slice(0, SHOWN).map(visible).join('\n') + (lines.length > SHOWN ? `\n${texts.moreLines(lines.length - SHOWN)}` : ''));
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => {
      dialog.removeEventListener('close', closed);
      resolve(dialog.returnValue === 'paste' ? cleaned : null);
      dialog.returnValue = '';
    };
    dialog.addEventListener('close', closed);
  });
};

/** Where nobody can be asked. @returns {string|null} Why it is not pasted. */
export const refusal = (text, bracketed) => {
  if (/[^\P{Cc}\t\r\n]/u.test(text)) return texts.pasteOddElsewhere;
  if (linesOf(clean(text)) > 1 && !bracketed) return texts.pasteOneByOne;
  return tooMuch(clean(text));
};

export const visible = (text) => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (letter) => (letter === '\t' ? letter : `⟨U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`));
