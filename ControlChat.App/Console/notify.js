// A word to somebody who looks elsewhere: the session has ended. The switch, and what is told of approvals on every page, are js/notices.js's.
import { texts } from './texts.js';

const browser = () => globalThis.controlchat?.notices;

export const canNotify = () => !['refused', 'missing', undefined].includes(browser()?.state());
export const isOn = () => browser()?.state() === 'on';

/** Only on a click. @returns {Promise<'on'|'off'|'refused'|'missing'>} Missing: the browser allows them and shows none. */
export const toggle = () => browser().toggle();

/** The tag replaces what was said of the same session before. */
const say = (title, body, session) => {
  if (isOn() && document.hidden) browser().show({ title, body, tag: session });
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
    if (state === 'ended') this.tell(texts.sessionHasEnded, texts.sessionHasEndedIn(this.title, reason), this.session);
  }
}
