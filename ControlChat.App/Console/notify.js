// A word to somebody who looks elsewhere: an approval waits, or the session has ended.
import { texts } from './texts.js';

export const canNotify = () => typeof globalThis.Notification === 'function' && Notification.permission !== 'denied';
export const isOn = () => typeof globalThis.Notification === 'function' && Notification.permission === 'granted';

/** Only on a click. @returns {Promise<boolean>} */
export const ask = async () => (await Notification.requestPermission()) === 'granted';

/** The tag replaces what was said of the same session before. */
const say = (title, body, session) => {
  if (!isOn() || !document.hidden) return;
  try {
    const note = new Notification(title, { body, tag: session });
    note.onclick = () => {
      window.focus();
      note.close();
    };
  } catch {
    // Some phones have them in service workers only.
  }
};

export class Notices {
  #before = null;

  constructor(session, title, tell = say) {
    Object.assign(this, { session, title, tell });
  }

  /** One state after the other; only what changed while it is watched is told. */
  hear({ state, end_reason: reason }) {
    const before = this.#before;
    this.#before = state;
    if (before === null || before === state) return;
    if (state === 'waiting_for_approval') this.tell(texts.approvalWaits, texts.approvalWaitsIn(this.title), this.session);
    if (state === 'ended') this.tell(texts.sessionHasEnded, texts.sessionHasEndedIn(this.title, reason), this.session);
  }
}
