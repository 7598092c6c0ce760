// The few keys that are not the program's while the terminal has the focus; Layout/Shortcuts.cs lists them.

/**
 * @param {KeyboardEvent} event
 * @param {{leave?: () => void, copy?: () => void, find?: () => void}} acts
 * @param {'typed'|'watched'|'shown'} use Somebody types here; somebody looks, and may want to; nothing is ever typed.
 * @returns {boolean} Whether the terminal hears of it.
 */
export const isForProgram = (event, acts, use = 'typed') => {
  const chord = globalThis.controlchat?.chord;
  if (event.type !== 'keydown' || !chord) return use !== 'shown';
  // Windows and some desktops keep the first for their task manager; no system and no browser takes the other.
  if (chord(event, 'terminal', 'Ctrl Shift Esc') || chord(event, 'terminal', 'Ctrl Shift Enter')) return done(event, acts.leave);
  if (chord(event, 'terminal', 'Ctrl Shift C')) return done(event, acts.copy);
  if (acts.find && chord(event, 'terminal', 'Ctrl Shift F')) return done(event, acts.find);
  // No program waits for it: it leads on through the page.
  if (use === 'watched') return !chord(event, 'terminal', 'Tab') && !chord(event, 'terminal', 'Shift Tab');
  // The emulator scrolls by these; the browser has all others.
  return use === 'typed' || chord(event, 'terminal', 'Shift PageUp') || chord(event, 'terminal', 'Shift PageDown');
};

const done = (event, act) => {
  event.preventDefault();
  act?.();
  return false;
};
