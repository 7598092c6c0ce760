// The keyboard map. Everything that only moves the reader happens here; the server hears of the dock alone.
// Lists opt in: [data-list] holds [data-item]s, an item's buttons name their letter with data-hotkey. Nothing that approves has one.
const { dialog, chord, keysOf, letter } = window.controlchat; // ui.js runs first; an import would run it twice, because served names carry a fingerprint

const SINGLE = 'cc.keys';
const DOCK = 'cc.dock';
const AGENT = 'cc.agent'; // of this tab: another one shows no chat of it
const remember = (key, value) => {
  try { localStorage.setItem(key, value); } catch { /* lasts as long as the page */ }
};
const recall = (key) => {
  try { return localStorage.getItem(key); } catch { return null; }
};

const MESSAGES = '[data-list="messages"]';

let server = null;
const openAgent = () => {
  try { return JSON.parse(sessionStorage.getItem(AGENT)); } catch { return null; }
};
let leading = 0; // when G was pressed

const typing = (target) =>
  target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) && !/^(checkbox|radio|button)$/.test(target.type ?? '');
const seen = (element) => element.checkVisibility?.() ?? element.offsetParent !== null;
const narrow = () => innerWidth <= 1100;
const main = () => document.getElementById('main');
const openDialog = () => document.querySelector('dialog[open]');

const open = (id) => {
  const element = document.getElementById(id);
  if (!element) return;
  dialog.open(element);
  element.dispatchEvent(new CustomEvent('cc-open'));
};

const toggle = (id) => {
  const element = document.getElementById(id);
  if (element?.open) element.close();
  else {
    openDialog()?.close();
    open(id);
  }
};

const items = (list) => [...list.querySelectorAll('[data-item]')].filter(seen);
const handle = (item) => (item.matches('a, button, [tabindex]') ? item : item.querySelector('a[href], button'));

// A part with keys of its own keeps them: from within it no list outside is reached, and none within it from outside.
const step = (event, by, which = '[data-list]') => {
  const own = keysOf(event);
  const here = document.activeElement?.closest('[data-list]');
  const list = here ?? [...document.querySelectorAll(which)].find((found) => found.closest('[data-keys]')?.dataset.keys === own);
  if (!list) return false;
  const all = items(list);
  const at = all.findIndex((item) => item.contains(document.activeElement));
  const next = all[at < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(all.length - 1, Math.max(0, at + by))];
  if (!next) return false;
  handle(next)?.focus();
  next.scrollIntoView({ block: 'nearest' });
  return true;
};

const press = (pressed, shift) => {
  const target = pressed && document.activeElement?.closest('[data-item]')?.querySelector(`[data-hotkey="${CSS.escape(pressed)}"]`);
  if (!target || target.disabled) return false;
  target.dispatchEvent(new MouseEvent('click', { bubbles: true, cancelable: true, shiftKey: shift }));
  return true;
};

const search = () => {
  const field = [...(main()?.querySelectorAll('[data-search], input[type="search"]') ?? [])].find(seen);
  field?.focus();
  return Boolean(field);
};

const go = (pressed) => {
  const link = document.querySelector(`.nav a[data-go="${CSS.escape(pressed)}"]`);
  link?.click();
  return Boolean(link);
};

const single = (event) => {
  const led = leading && event.timeStamp - leading < 1500;
  leading = 0;
  if (led) return go(letter(event));
  if (chord(event, 'page', '?')) return open('shortcuts'), true;
  if (chord(event, 'page', 'G')) return (leading = event.timeStamp), true;
  if (chord(event, 'page', '/')) return search();
  if (chord(event, 'page', 'J')) return step(event, 1);
  if (chord(event, 'page', 'K')) return step(event, -1);
  return press(letter(event), event.shiftKey);
};

/** Closes the topmost thing that is open; the browser closes dialogs by itself. */
const escape = (event) => {
  if (openDialog()) return false;
  const menu = document.querySelector('details[data-menu][open]');
  if (menu) {
    menu.open = false;
    menu.querySelector('summary')?.focus();
    return true;
  }
  if (narrow() && document.querySelector('.app.docked')) {
    server?.invokeMethodAsync('ToggleDock');
    return true;
  }
  if (event.target instanceof HTMLInputElement && event.target.type === 'search' && !event.target.value) event.target.blur();
  return false;
};

const handled = (event) => {
  // Every key is the program's, until the terminal is left.
  if (keysOf(event) === 'terminal') return false;
  if (chord(event, 'page', 'Ctrl K')) return toggle('palette'), true;
  if (chord(event, 'page', 'Ctrl J')) return server?.invokeMethodAsync('ToggleDock'), true;
  if (chord(event, 'page', 'Esc')) return escape(event);
  if (chord(event, 'page', 'Alt ↑')) return step(event, -1, MESSAGES);
  if (chord(event, 'page', 'Alt ↓')) return step(event, 1, MESSAGES);
  if (event.target instanceof HTMLElement && event.target.getAttribute('role') === 'combobox') {
    // the field's own answer to it; the page's is on the server
    if (chord(event, 'palette', '↑') || chord(event, 'palette', '↓') || chord(event, 'palette', 'Enter') || chord(event, 'palette', 'Ctrl Enter')) event.preventDefault();
    return false;
  }
  if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target) || openDialog() || recall(SINGLE) === 'off') return false;
  return single(event);
};

document.addEventListener('keydown', (event) => {
  if (event.defaultPrevented || !handled(event)) return;
  event.preventDefault();
  event.stopPropagation();
}, { capture: true });

document.addEventListener('click', (event) => {
  for (const menu of document.querySelectorAll('details[data-menu][open]')) {
    if (!menu.contains(event.target) || event.target.closest('[role="menuitem"]')) menu.open = false;
  }
});

// the palette starts empty each time it opens
document.addEventListener('cc-open', (event) => {
  const field = event.target instanceof Element ? event.target.querySelector('[role="combobox"]') : null;
  if (!field) return;
  field.value = '';
  field.dispatchEvent(new Event('input', { bubbles: true }));
  field.focus();
}, { capture: true });

export const keys = {
  /** Called once by the layout when its circuit lives. */
  start(reference) {
    server = reference;
    return { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC', dock: recall(DOCK) === 'open' && !narrow(), agent: openAgent() };
  },
  /** Called when the page is drawn as this browser wants it. */
  ready() {
    document.querySelector('.app')?.setAttribute('data-ready', 'true');
    window.controlchat.connection?.becomesWhole();
  },
  stop() { server = null; },
  dock(isOpen) {
    remember(DOCK, isOpen ? 'open' : 'closed');
    if (!isOpen) return;
    document.querySelector('#dock textarea, #dock button')?.focus();
  },
  /** The session whose chat stands in the dock of this tab, and whose account's it is; null for none. */
  agent(session, account) {
    try {
      if (session) sessionStorage.setItem(AGENT, JSON.stringify({ session, account }));
      else sessionStorage.removeItem(AGENT);
    } catch { /* a page that is loaded again opens without it */ }
  },
  single: () => recall(SINGLE) !== 'off',
  setSingle: (on) => remember(SINGLE, on ? 'on' : 'off'),
};

Object.assign(window.controlchat, { keys });
