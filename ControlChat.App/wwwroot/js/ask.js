// The conversation in the browser: what a hand on the keyboard must not wait for. Composer, command list, following the newest
// message, links to messages, and the little an agent may have shown here.
const { chord, text: said } = window.controlchat;
const ROWS = 8;
const NEAR = 48; // pixels from the end that still count as reading the newest
const AHEAD = 200; // pixels from the beginning where the earlier messages are fetched
const PATHS = /^\/(?:|workspaces|workspaces\/(?:ws_[0-9a-f]{32}|local)|workspaces\?state=(?:active|archived|trashed)|sessions|audit|logs|settings)$/;
const ELEMENTS = /^[a-z]+(?:-[a-z]+)*$/;
const DECISIONS = '.plan, .stale, .inbox, [data-plan], [data-decision]';
const grows = CSS.supports('field-sizing', 'content');

const newId = () => {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return `ui-${[...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
};

// What stands in a sheet that is closed (a phone's More, its list of conversations) is pointed at by the button that opens it.
const inSight = (found) => {
  const openers = found.flatMap((element) => [...document.querySelectorAll(`[data-opens="${element.closest('dialog:not([open])')?.id}"]`)]);
  return [...found, ...openers].find((element) => element.checkVisibility());
};

const flash = (element) => {
  element.classList.remove('flash');
  void element.offsetWidth; // restarts the animation
  element.classList.add('flash');
  setTimeout(() => element.classList.remove('flash'), 2000);
};

class Composer {
  constructor(form, server) {
    this.form = form;
    this.server = server;
    this.field = form.querySelector('textarea');
    this.list = form.querySelector('[data-commands]');
    this.problem = form.querySelector('[data-problem]');
    this.scope = form.closest('[data-keys]')?.dataset.keys ?? 'composer'; // a part with keys of its own has its own for this too
    this.chosen = -1;
    this.list.querySelectorAll('[role="option"]').forEach((option, index) => { option.id = `${this.list.id}-${index}`; });
    this.stop = new AbortController();
    const on = (target, type, act) => target.addEventListener(type, act, { signal: this.stop.signal });
    on(form, 'submit', (event) => { event.preventDefault(); this.send(); });
    on(form, 'click', (event) => this.clicked(event));
    on(this.field, 'input', () => this.typed());
    on(this.field, 'cc-draft', () => this.typed());
    on(this.field, 'keydown', (event) => this.pressed(event));
    on(this.field, 'blur', () => setTimeout(() => this.close(), 150));
    on(document, 'keydown', (event) => this.escaped(event));
    this.begun = new MutationObserver((changes) => this.moved(changes));
    this.begun.observe(this.field, { attributeFilter: ['data-draft'], attributeOldValue: true });
  }

  restore() {
    window.controlchat.draft.restore(this.field);
    this.typed();
    this.close();
  }

  get limit() { return Number(this.form.dataset.limit); }

  get options() { return [...this.list.querySelectorAll('[role="option"]')].filter((option) => !option.hidden); }

  typed() {
    if (!grows) this.field.rows = Math.min(ROWS, Math.max(1, this.field.value.split('\n').length));
    this.say(this.tooLong());
    const word = this.field.value;
    if (/^[/@]\S*$/.test(word)) this.open(word.toLowerCase());
    else this.close();
  }

  tooLong() {
    const { value } = this.field;
    if (value.length <= this.limit) return '';
    const length = [...value].length;
    return length > this.limit ? said('tooLong', length.toLocaleString('en'), this.limit.toLocaleString('en'), (length - this.limit).toLocaleString('en')) : '';
  }

  say(words) {
    if (this.problem.textContent !== words) this.problem.textContent = words;
    this.problem.hidden = !words;
    if (words) this.field.setAttribute('aria-invalid', 'true');
    else this.field.removeAttribute('aria-invalid');
  }

  open(word) {
    let any = false;
    for (const option of this.list.querySelectorAll('[role="option"]')) {
      option.hidden = !option.dataset.command.startsWith(word);
      any ||= !option.hidden;
    }
    this.list.hidden = !any;
    this.choose(any ? 0 : -1);
  }

  close() {
    this.list.hidden = true;
    this.choose(-1);
  }

  choose(at) {
    this.chosen = at;
    this.options.forEach((option, index) => {
      option.setAttribute('aria-selected', String(index === at));
      if (index === at) option.scrollIntoView({ block: 'nearest' });
    });
    const option = this.options[at];
    if (option && !this.list.hidden) this.field.setAttribute('aria-activedescendant', option.id);
    else this.field.removeAttribute('aria-activedescendant');
  }

  take(option) {
    const { command, open } = option.dataset;
    this.write(open ? `${command} ` : command);
    this.close();
    this.field.focus();
    return !open;
  }

  write(text) {
    this.field.value = text;
    this.field.dispatchEvent(new Event('input', { bubbles: true }));
    this.field.setSelectionRange(text.length, text.length);
  }

  clicked(event) {
    const option = event.target.closest('[role="option"]');
    if (option) this.take(option);
    if (!event.target.closest('[data-slash]')) return;
    this.field.focus();
    if (!this.list.hidden) return this.close();
    if (!this.field.value) this.write('/');
    else this.open('/');
  }

  pressed(event) {
    if (event.isComposing) return;
    const open = !this.list.hidden;
    const option = open ? this.options[this.chosen] : null;
    if (open && (chord(event, 'commands', '↓') || chord(event, 'commands', '↑'))) {
      const count = this.options.length;
      this.choose((this.chosen + (chord(event, 'commands', '↓') ? 1 : -1) + count) % count);
      event.preventDefault();
    } else if (option && chord(event, 'commands', 'Tab')) {
      this.take(option);
      event.preventDefault();
    } else if (chord(event, this.scope, 'Enter') || chord(event, this.scope, 'Ctrl Enter')) {
      event.preventDefault();
      if (option && !this.take(option)) return;
      this.send();
    }
  }

  // Esc closes what is open before it stops anything.
  escaped(event) {
    if (!chord(event, this.scope, 'Esc') || event.defaultPrevented || document.querySelector('dialog[open]')) return;
    if (!this.list.hidden) {
      this.close();
      event.preventDefault();
      return;
    }
    const other = event.target instanceof Element && event.target !== this.field && event.target.closest('input, textarea, select');
    if (other || !this.form.querySelector('[data-stop]')) return;
    event.preventDefault();
    this.server.invokeMethodAsync('Stop').catch(() => {});
  }

  async send() {
    const text = this.field.value;
    if (!text.trim() || this.tooLong()) return;
    const key = this.field.dataset.draft;
    const drafts = window.controlchat.draft;
    this.begins = key === 'new';
    this.field.value = '';
    this.typed();
    const back = (words) => {
      if (!this.field.value) this.write(text);
      this.say(words);
    };
    try {
      const answer = await this.server.invokeMethodAsync('Send', text, newId());
      // until it was taken the draft stays, so that a reload brings the text back
      if (!answer.problem && drafts.read(key) === text) drafts.clear(key);
    } catch {
      back(said('notSent'));
    }
  }

  // What was typed while a conversation got its address belongs to that conversation.
  moved([change]) {
    if (!this.begins || change.oldValue !== 'new') return;
    this.begins = false;
    const { draft } = this.field.dataset;
    this.field.dataset.draftShown = draft;
    if (!this.field.value) return;
    window.controlchat.draft.write(draft, this.field.value);
    window.controlchat.draft.clear('new');
  }

  detach() {
    this.stop.abort();
    this.begun.disconnect();
  }
}

class Log {
  constructor(root, server) {
    this.server = server;
    this.log = root.querySelector('[data-log]');
    this.jump = root.querySelector('[data-latest]');
    this.stop = new AbortController();
    this.atEnd = true;
    this.held = null; // where the reader was when earlier messages were asked for
    this.wanted = null; // the message that a link leads to while it is fetched
    this.refused = false;
    const on = (target, type, act) => target.addEventListener(type, act, { signal: this.stop.signal, passive: true });
    on(this.log, 'scroll', () => this.scrolled());
    on(this.log, 'focusin', (event) => this.focused(event));
    on(this.log, 'click', (event) => this.clicked(event));
    on(document, 'click', (event) => this.followed(event));
    on(this.jump, 'click', () => this.end());
    this.watch = new MutationObserver(() => this.changed());
    this.watch.observe(this.log, { childList: true, subtree: true, characterData: true });
    this.size = new ResizeObserver(() => { if (this.atEnd) this.end(); });
    this.size.observe(this.log);
  }

  end() { this.log.scrollTop = this.log.scrollHeight; }

  scrolled() {
    this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < NEAR;
    this.keep();
    // Who reads back is given more before the beginning is reached; what could not be read is not asked for again until they come back.
    if (this.log.scrollTop >= AHEAD) this.refused = false;
    else if (!this.atEnd && !this.refused && this.log.querySelector('[data-earlier]')) this.earlier();
    this.jump.hidden = this.atEnd || !this.log.querySelector('[data-item]');
  }

  // While nothing stands before what was the first message, it is the end that grows, or the reader who moves.
  keep() {
    if (this.held && this.first === this.held.first) this.held.fromEnd = this.log.scrollHeight - this.log.scrollTop;
  }

  get first() { return this.log.querySelector('[data-list="messages"] > :not([data-earlier], .day)'); }

  async earlier() {
    if (this.held) return; // what is on its way is waited for
    const held = { first: this.first };
    this.held = held;
    this.keep();
    const came = await this.server.invokeMethodAsync('Back', null).catch(() => false);
    if (came) return;
    this.refused = true;
    if (this.held === held) this.held = null;
  }

  changed() {
    this.keep();
    if (this.wanted && this.reveal(this.wanted)) {
      this.wanted = this.held = null;
    } else if (this.held && this.first !== this.held.first) {
      this.log.scrollTop = this.log.scrollHeight - this.held.fromEnd;
      this.held = null;
    } else if (this.atEnd && this.log.querySelector('[data-item]')) {
      this.end();
    }
    this.rove();
  }

  // One stop for Tab: the newest message, or the one that had the focus last.
  rove() {
    const items = [...this.log.querySelectorAll('[data-item]')];
    if (!items.length || items.some((item) => item.tabIndex === 0)) return;
    items.at(-1).tabIndex = 0;
  }

  focused(event) {
    const item = event.target.closest?.('[data-item]');
    if (!item) return;
    for (const other of this.log.querySelectorAll('[data-item][tabindex="0"]')) {
      if (other === item) continue;
      other.tabIndex = -1;
      for (const tool of other.querySelectorAll('.msg-by :is(a, button, summary)')) tool.tabIndex = -1;
    }
    item.tabIndex = 0;
    for (const tool of item.querySelectorAll('.msg-by :is(a, button, summary)')) tool.tabIndex = 0;
  }

  clicked(event) {
    if (event.target.closest('[data-earlier] button')) this.earlier();
    const again = event.target.closest('[data-again]')?.closest('[data-item]');
    if (again) this.server.invokeMethodAsync('Again', again.dataset.item).catch(() => {});
  }

  // A link to a message of this very conversation, wherever it stands: such a click reaches no server by itself, so what is not shown yet is asked for.
  followed(event) {
    const link = event.target instanceof Element ? event.target.closest('a[href*="#m-"]') : null;
    if (!link || link.pathname !== location.pathname || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    requestAnimationFrame(() => this.go(link.hash));
  }

  async go(hash) {
    if (!/^#m-\d+$/.test(hash) || this.reveal(hash)) return;
    this.held = null;
    this.wanted = hash;
    const came = await this.server.invokeMethodAsync('Back', Number(hash.slice(3))).catch(() => false);
    if (!came && this.wanted === hash) this.wanted = null;
  }

  reveal(hash) {
    const target = /^#m-\d+$/.test(hash) ? this.log.querySelector(`[id="${hash.slice(1)}"]`) : null;
    if (!target) return false;
    const item = target.closest('[data-item]') ?? target;
    this.atEnd = false;
    target.scrollIntoView({ block: 'start' });
    item.focus({ preventScroll: true });
    flash(item);
    return true;
  }

  shown() {
    this.atEnd = true;
    this.held = this.wanted = null;
    this.refused = false;
    this.jump.hidden = true;
    for (const item of this.log.querySelectorAll('[data-item][tabindex="0"]')) item.tabIndex = -1;
    this.rove();
    if (!this.reveal(location.hash)) {
      if (this.log.querySelector('[data-item]')) this.end();
      else this.log.scrollTop = 0;
    }
  }

  /** By its approval, or the first that waits. */
  plan(id) {
    const plans = [...this.log.querySelectorAll('[data-plan]')];
    const plan = plans.find((found) => (id ? found.dataset.plan === id : found.dataset.waits));
    if (!plan) return false;
    this.atEnd = false;
    plan.scrollIntoView({ block: 'start' });
    plan.focus({ preventScroll: true });
    return true;
  }

  detach() {
    this.stop.abort();
    this.watch.disconnect();
    this.size.disconnect();
  }
}

const attach = (root, server) => {
  const composer = new Composer(root.querySelector('[data-composer]'), server);
  const log = new Log(root, server);
  return {
    /** Another conversation is shown. */
    shown() {
      composer.restore();
      log.shown();
      document.getElementById('threads-sheet')?.close?.();
      if (matchMedia('(pointer: fine)').matches && !document.querySelector('dialog[open]') && !location.hash) composer.field.focus({ preventScroll: true });
    },
    fill(text) {
      composer.write(text);
      composer.close();
      composer.field.focus();
    },
    plan: (id) => log.plan(id),
    /** Whether a person looks at this page now. */
    watched: () => document.visibilityState === 'visible',
    allows: (path) => PATHS.test(path),
    highlight(target) {
      const element = ELEMENTS.test(target) ? inSight([...document.querySelectorAll(`[data-ui="${target}"]`)]) : null;
      if (!element || element.closest(DECISIONS) || element.querySelector(DECISIONS)) return false;
      element.scrollIntoView({ block: 'nearest' });
      flash(element);
      return true;
    },
    detach() {
      composer.detach();
      log.detach();
    },
  };
};

document.addEventListener('click', (event) => {
  const button = event.target instanceof Element ? event.target.closest('[data-copy-link]') : null;
  const link = button?.closest('[data-item]')?.querySelector('a[data-to-message]');
  if (link) window.controlchat.copy(link.href);
});

Object.assign(window.controlchat, { ask: { attach: (root, server) => attach(root, server) } });
