// A word to somebody who looks elsewhere: an approval waits, or the session has ended.
import { choice, choose } from './memory.js';
import { texts } from './texts.js';

const CHOICE = 'notify';
const has = () => typeof globalThis.Notification === 'function';

export const canNotify = () => has() && Notification.permission !== 'denied';
export const isOn = () => has() && Notification.permission === 'granted' && choice(CHOICE) !== 'off';

/** Phones have them in workers only (offline/worker.js). @returns {Promise<boolean>} Whether it is seen. */
const show = async (title, options) => {
  try {
    const note = new Notification(title, options);
    note.onclick = () => {
      window.focus();
      note.close();
    };
    return true;
  } catch {
    try {
      const worker = await navigator.serviceWorker.getRegistration('/sessions/');
      await worker.showNotification(title, options);
      return true;
    } catch {
      return false;
    }
  }
};

/** Only on a click. @returns {Promise<'on'|'off'|'refused'|'missing'>} Missing: the browser allows them and shows none. */
export const toggle = async (session, tell = show) => {
  if (isOn()) {
    choose(CHOICE, 'off');
    return 'off';
  }
  if ((await Notification.requestPermission()) !== 'granted') return 'refused';
  if (!(await tell(texts.noticesAreOn, { body: texts.noticesAreOnText, tag: session }))) return 'missing';
  choose(CHOICE, 'on');
  return 'on';
};

/** The tag replaces what was said of the same session before. */
const say = (title, body, session) => {
  if (isOn() && document.hidden) show(title, { body, tag: session });
};

export class Notices {
  #before = null;
  #waiting;

  /** @param {number} waiting Approvals that this account may decide, now. */
  constructor(session, title, waiting, tell = say) {
    Object.assign(this, { session, title, tell });
    this.#waiting = waiting;
  }

  /** Only more than before is news. */
  waits(count) {
    if (count > this.#waiting) this.tell(texts.approvalWaits, texts.approvalsWait(count), 'approvals');
    this.#waiting = count;
  }

  /** One state after the other; only what changed while it is watched is told. */
  hear({ state, end_reason: reason }) {
    const before = this.#before;
    this.#before = state;
    if (before === null || before === state) return;
    if (state === 'ended') this.tell(texts.sessionHasEnded, texts.sessionHasEndedIn(this.title, reason), this.session);
  }
}
