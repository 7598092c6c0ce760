// The few keys that are not the program's while the terminal has the focus; Layout/Shortcuts.cs lists them.

/**
 * @param {KeyboardEvent} event
 * @param {{leave: () => void, copy: () => void, find: () => void}} acts
 * @returns {boolean} Whether the program hears of it.
 */
export const isForProgram = (event, acts) => {
  const chord = globalThis.controlchat?.chord;
  if (event.type !== 'keydown' || !chord) return true;
  if (chord(event, 'terminal', 'Ctrl Shift Esc')) acts.leave();
  else if (chord(event, 'terminal', 'Ctrl Shift C')) acts.copy();
  else if (chord(event, 'terminal', 'Ctrl Shift F')) acts.find();
  else return true;
  event.preventDefault();
  return false;
};
