// What components ask of the browser: native dialogs and the clipboard. And what scripts ask of a key.

// Scopes whose keys act only while the focus is in their part of the page, [data-keys]; Layout/Shortcuts.cs has the same.
const NAMESPACED = ['agent', 'terminal'];
const NAMES = { Esc: 'Escape', '↑': 'ArrowUp', '↓': 'ArrowDown' };

/** A text of Layout/ScriptTexts.razor with its places filled. */
export const text = (name, ...values) => values.reduce((form, value, place) => form.replaceAll(`{${place}}`, () => value), document.getElementById('texts').dataset[name]);

/** The part of the page with keys of its own that an event comes from; undefined for the rest of the page. */
export const keysOf = (event) => (event.target instanceof Element ? event.target.closest('[data-keys]')?.dataset.keys : undefined);

/**
 * Whether a key event is a shortcut, by its scope and its keys as Layout/Shortcuts.cs declares them. No other code looks at the key
 * itself: a test finds every shortcut by its call of this, and none that is not in the list.
 */
export const chord = (event, scope, keys) => {
  const parts = keys.split(' ');
  const key = parts.pop();
  if ((NAMES[key] ?? key).toLowerCase() !== event.key?.toLowerCase()) return false;
  const place = keysOf(event);
  if (NAMESPACED.includes(scope) ? place !== scope : place && scope !== 'page' && scope !== 'approve') return false;
  if (parts.includes('Any')) return true;
  const command = event.ctrlKey || event.metaKey;
  // a character that is typed with Shift is another character
  const shift = key.length > 1 || command ? event.shiftKey : parts.includes('Shift');
  return command === parts.includes('Ctrl') && event.altKey === parts.includes('Alt') && shift === parts.includes('Shift');
};

/** The letter of a key event, in lower case; empty when it is none. For keys that the markup names: data-go, data-hotkey. */
export const letter = (event) => (/^[a-z]$/i.test(event.key ?? '') ? event.key.toLowerCase() : '');

const inside = (element, event) => {
  const box = element.getBoundingClientRect();
  return event.clientX >= box.left && event.clientX <= box.right && event.clientY >= box.top && event.clientY <= box.bottom;
};

export const dialog = {
  open(element) {
    if (!element || element.open) return;
    element.showModal();
    // showModal looks for autofocus when the element is opened; content that is new in the same render counts as well.
    element.querySelector('[autofocus]')?.focus();
  },
  close(element) {
    if (element?.open) element.close();
  },
};

export const copy = async (text) => {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
};

document.addEventListener('click', async (event) => {
  if (!(event.target instanceof Element)) return;
  const opener = event.target.closest('[data-opens]');
  if (opener) {
    opener.closest('dialog')?.close();
    const target = document.getElementById(opener.dataset.opens);
    dialog.open(target);
    target?.dispatchEvent(new CustomEvent('cc-open'));
  }
  if (event.target.closest('[data-closes]')) event.target.closest('dialog')?.close();
  // a dialog that only shows things closes when the scrim is clicked; one that asks does not
  if (event.target instanceof HTMLDialogElement && event.target.hasAttribute('data-light') && !inside(event.target, event)) event.target.close();

  const skip = event.target.closest('[data-skip]');
  if (skip) {
    event.preventDefault();
    document.getElementById('main')?.focus();
  }
  const copier = event.target.closest('[data-copy]');
  if (copier) {
    // without a text of its own it copies the code block around it, or the message
    const source = copier.dataset.copy || (copier.closest('.code-block')?.querySelector('code')?.textContent ?? copier.closest('[data-text]')?.dataset.text ?? '');
    const done = await copy(source);
    const words = copier.querySelector('.done');
    copier.dataset.copied = done ? 'yes' : 'no';
    if (words) words.textContent = text(done ? 'copied' : 'notCopied');
    setTimeout(() => {
      delete copier.dataset.copied;
      if (words) words.textContent = '';
    }, 2000);
  }
});

Object.assign(window.controlchat, { dialog, copy, chord, keysOf, letter, text });
