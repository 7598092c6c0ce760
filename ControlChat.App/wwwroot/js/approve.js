// Approve does nothing for 600 ms after it appeared or moved, so that no click meant for something else approves;
// and Enter never approves: Space and the pointer do. The hub keeps its own time beside this.
const shell = (window.controlchat ??= {});
// Without the script that knows keys nothing is approved: what cannot tell Enter from Space arms no button.
const chord = (...asked) => shell.chord?.(...asked) ?? false;
const INERT = 600;
const FAR = 2; // pixels: less is no movement
const seen = new WeakMap();

const look = (button, now) => {
  const box = button.getBoundingClientRect();
  const before = seen.get(button);
  const moved = !before || Math.abs(before.x - box.x) > FAR || Math.abs(before.y - box.y) > FAR || (box.width === 0) !== before.hidden;
  const here = moved ? { x: box.x, y: box.y, hidden: box.width === 0, since: now } : before;
  if (moved) seen.set(button, here);
  const armed = Boolean(shell.chord) && !here.hidden && now - here.since >= INERT;
  if (armed !== (button.dataset.armed === 'true')) button.dataset.armed = String(armed);
  return armed;
};

const buttons = document.getElementsByTagName('button');
setInterval(() => {
  const now = performance.now();
  for (const button of buttons) if ('approve' in button.dataset) look(button, now);
}, 50);

const approve = (event) => event.target instanceof Element && event.target.closest('button[data-approve]');
const stop = (event) => {
  event.preventDefault();
  event.stopImmediatePropagation();
};

addEventListener('click', (event) => {
  const button = approve(event);
  if (button && !look(button, performance.now())) stop(event);
}, { capture: true });

addEventListener('keydown', (event) => {
  if (approve(event) && (chord(event, 'approve', 'Any Enter') || event.repeat)) stop(event);
}, { capture: true });

const LOOKED = 'cc.approvals.looked';
export const approvals = {
  /** When this reader last looked at the inbox, before this tab did; null for never. */
  looked() {
    try {
      const since = sessionStorage.getItem(LOOKED) ?? localStorage.getItem(LOOKED);
      if (since) sessionStorage.setItem(LOOKED, since);
      localStorage.setItem(LOOKED, new Date().toISOString());
      return since;
    } catch {
      return null;
    }
  },
};

Object.assign(shell, { approvals });
