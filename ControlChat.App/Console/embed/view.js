import { texts } from '../texts.js';

const SAID_MS = 6_000;

const find = (name) => document.querySelector(`[data-${name}]`);
const say = (name, text) => {
  const place = document.querySelector(`[data-show="${name}"]`);
  if (place.textContent !== text) place.textContent = text;
};

/** Opened by itself, the page shows what it is for, and nothing of a session. */
export function showAlone() {
  find('framed').hidden = true;
  find('alone').hidden = false;
}

/** What the frame's page says of its session. */
export class View {
  /** @param {{take: () => void, keep: () => void, give: () => void, reader: (on: boolean) => void}} acts */
  constructor({ take, keep, give, reader }) {
    this.terminal = find('terminal');
    this.wished = false;
    this.saying = null;
    find('take').addEventListener('click', () => (this.wished ? keep() : take()));
    find('give').addEventListener('click', give);
    find('reader').addEventListener('click', () => {
      const on = find('reader').getAttribute('aria-pressed') !== 'true';
      find('reader').setAttribute('aria-pressed', on ? 'true' : 'false');
      reader(on);
    });
  }

  show(view) {
    const live = view.connection === 'live' && view.state !== 'ended';
    // Without a key what stands below is the past.
    const state = view.access === null && view.state !== 'ended' ? 'signed_out' : view.state;
    say('state', texts.states[state] ?? state);
    say('detail', view.state === 'ended' ? [view.end_reason, view.exit_code === null ? null : texts.exit(view.exit_code)].filter(Boolean).join(', ') : (texts.links[view.connection] ?? ''));
    find('decision').hidden = view.state !== 'waiting_for_approval';
    find('typing').hidden = !live;
    find('typing').classList.toggle('mine', view.yours && view.wish === null);
    this.wished = view.yours && view.wish !== null;
    say('typing', this.wished ? texts.asksToType(view.wish) : view.yours ? texts.youType : view.controller ? texts.types(view.controller) : texts.youWatch);
    find('take').hidden = !(this.wished || (view.access === 'control' && !view.yours));
    find('give').hidden = !view.yours;
    find('take').textContent = this.wished ? texts.keepControl : texts.takeControl;
    if (view.access !== null && this.saying === null) this.trouble('');
  }

  /** Out of the terminal, by its keys. */
  leave() {
    document.activeElement?.blur?.();
    find('reader').focus();
  }

  /** For a while, whatever changes meanwhile. */
  said(text) {
    clearTimeout(this.saying);
    this.trouble(text);
    this.saying = setTimeout(() => {
      this.saying = null;
      this.trouble('');
    }, SAID_MS);
  }

  trouble(text) {
    find('trouble').hidden = text === '';
    say('trouble', text);
  }
}
