import { texts } from '../texts.js';

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
  /** @param {{take: () => void, keep: () => void}} acts */
  constructor({ take, keep }) {
    this.terminal = find('terminal');
    this.wished = false;
    find('take').addEventListener('click', () => (this.wished ? keep() : take()));
  }

  show(view) {
    const live = view.connection === 'live' && view.state !== 'ended';
    say('state', texts.states[view.state] ?? view.state);
    say('detail', view.state === 'ended' ? [view.end_reason, view.exit_code === null ? null : texts.exit(view.exit_code)].filter(Boolean).join(', ') : (texts.links[view.connection] ?? ''));
    find('decision').hidden = view.state !== 'waiting_for_approval';
    find('typing').hidden = !live;
    find('typing').classList.toggle('mine', view.yours && view.wish === null);
    this.wished = view.yours && view.wish !== null;
    say('typing', this.wished ? texts.asksToType(view.wish) : view.yours ? texts.youType : view.controller ? texts.types(view.controller) : texts.youWatch);
    find('take').hidden = !(this.wished || (view.access === 'control' && !view.yours));
    find('take').textContent = this.wished ? texts.keepControl : texts.takeControl;
    if (view.access !== null) this.trouble('');
  }

  trouble(text) {
    find('trouble').hidden = text === '';
    say('trouble', text);
  }
}
