// What is pasted: several lines, or one with an Enter behind it, run by themselves; so a person sees them first.
import { linesOf, runsByItself } from './keys.js';
import { texts } from './texts.js';

const SHOWN = 12;

/** @returns {Promise<boolean>} Whether to paste it. */
export const mayPaste = async (text, { part, write }) => {
  if (!runsByItself(text)) return text !== '';
  const dialog = part('paste');
  if (!dialog || dialog.open) return false;
  const lines = text.split(/\r\n|\r|\n/);
  const count = linesOf(text.replace(/[\r\n]+$/, ''));
  write('paste-title', count === 1 ? texts.pasteOneLine : texts.pasteLines(count));
  // Invisible characters are shown as what they are: this is what the person decides by.
  write('paste-text', lines.slice(0, SHOWN).map(visible).join('\n') + (lines.length > SHOWN ? `\n${texts.moreLines(lines.length - SHOWN)}` : ''));
  dialog.showModal();
  return new Promise((resolve) => {
    const closed = () => {
      dialog.removeEventListener('close', closed);
      resolve(dialog.returnValue === 'paste');
      dialog.returnValue = '';
    };
    dialog.addEventListener('close', closed);
  });
};

export const visible = (text) => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, (letter) => (letter === '\t' ? letter : `⟨U+${letter.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`));
