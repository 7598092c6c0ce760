// Keeps the end of a terminal's transcript in this browser, for when the network is away: the record, without the secrets that it leaves out,
// and not the screen.
import { signedOutAt, keptAt } from '../memory.js';
import { texts } from '../texts.js';
import { forget, keep, kept, sweep, tail } from './store.js';

const EVERY_MS = 15_000;
const FIRST_MS = 3_000;
const LINES = 500;
const PATIENCE_MS = 1_500; // before what is kept is shown instead of nothing

/** As text: what was printed, and what stood between. @param {{kind: string, text: string}[]} lines */
export const textOf = (lines) => tail(lines.map(({ kind, text }) => (kind === 'out' ? text : kind === 'in' ? texts.typed(text) : `(${text})`)));

export class Keeper {
  #dirty = false;
  #ends = false;
  #timers = [];
  #since = Date.now();

  /**
   * @param {object} by
   * @param {(path: string) => Promise<{items: {kind: string, text: string}[]}>} by.ask The hub.
   * @param {{session: string, account: string, title: string}} by.of
   * @param {() => string|null} by.recordedTo
   */
  constructor({ ask, of, recordedTo, store = { forget, keep, kept, sweep }, signedOut = signedOutAt, note = keptAt }) {
    Object.assign(this, { ask, of, recordedTo, store, signedOut, note });
  }

  /** @param {(kept: {text: string, recordedTo: string|null}) => void} show Where nothing comes in the meantime. @param {() => boolean} isShown */
  start(show, isShown) {
    this.store.sweep(this.of.account);
    this.#timers.push(setInterval(() => this.now(), EVERY_MS), setTimeout(() => this.now(), FIRST_MS), setTimeout(async () => {
      const found = isShown() ? null : await this.store.kept(this.of.session, this.of.account);
      if (found && !this.#ends && !isShown()) show(found);
    }, PATIENCE_MS));
  }

  changed() {
    this.#dirty = true;
  }

  async now() {
    // Another tab signed out: what it removed does not come back.
    if (!this.#dirty || this.#ends || this.signedOut() > this.#since) return;
    this.#dirty = false;
    try {
      const { items } = await this.ask(`api/v1/sessions/${encodeURIComponent(this.of.session)}/transcript/lines?last=${LINES}`);
      if (this.#ends || this.signedOut() > this.#since) return;
      this.note(Date.now());
      await this.store.keep({ ...this.of, text: textOf(items), recordedTo: this.recordedTo() });
    } catch {
      this.#dirty = true;
    }
  }

  /** @param {boolean} all Nobody is signed in any more; else this session may not be seen. */
  forget(all) {
    this.#ends = true;
    return this.store.forget(all ? null : this.of.session);
  }

  stop() {
    this.#ends = true;
    for (const timer of this.#timers) clearInterval(timer);
  }
}
