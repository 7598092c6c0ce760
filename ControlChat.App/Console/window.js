// Which window of a terminal this tab is: with its resume token a page that is loaded again is the same window, and in control if it was.
// A tab that was duplicated has what the first one keeps: it is another window, or both would be in control, and fight for the size.
import { forgetWindow, keepWindow, tabName, windowOf } from './memory.js';

const PATIENCE_MS = 300; // a page that is loaded again waits for itself to be gone

const held = new Map();

/** @returns {Promise<boolean>} Whether this page is the only one of its name; it stays so until it is gone. */
const hold = (name, locks) => {
  if (!locks) return Promise.resolve(true); // plain http
  if (!held.has(name)) {
    held.set(name, new Promise((resolve) => {
      locks.request(name, { signal: AbortSignal.timeout(PATIENCE_MS) }, () => new Promise(() => resolve(true))).catch(() => resolve(false));
    }));
  }
  return held.get(name);
};

/** @returns {Promise<string|null>} The token of this tab's window; null: it is a new one. */
export const resumed = async (session, { locks = globalThis.navigator?.locks, random = () => crypto.getRandomValues(new Uint32Array(4)).join('-') } = {}) => {
  const name = tabName();
  if (name !== null && (await hold(`cc.tab.${name}`, locks))) return windowOf(session);
  const fresh = random();
  tabName(fresh);
  await hold(`cc.tab.${fresh}`, locks);
  // Without a name nobody has duplicated it yet.
  return name === null ? windowOf(session) : null;
};

export { forgetWindow, keepWindow };
