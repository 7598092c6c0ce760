// Notices of the browser about what happens elsewhere: switched on by a click, remembered in this browser, and shown only while nobody looks at any of
// its windows of the hub, once for all of them.
const shell = (window.controlchat ??= {});
const CHOICE = 'cc.notices';
const BEFORE = 'cc.terminal.notify'; // where the terminal's page kept the choice of its own
const TOLD = 'cc.notices.told';
const LOOKED = 'cc.looked-at';
const COUNTED = 'cc.notices.waiting';
const SCOPE = '/sessions/'; // of the one worker (Console/offline/worker.js)
const WAITS = 'approvals-waits';
const ENDS = 'approvals-ends';
const PAUSE = 4000; // between two of one browser; a window's own come at most every 5 s
const KEPT = 20;

const recall = (key) => {
  try { return localStorage.getItem(key); } catch { return null; }
};
const remember = (key, value) => {
  try { localStorage.setItem(key, value); } catch { /* lasts as long as the page */ }
};

let chosen = null; // for a browser that stores nothing
const choose = (value) => {
  chosen = value;
  remember(CHOICE, value);
};
const choice = () => recall(CHOICE) ?? chosen ?? recall(BEFORE);

/** 'on', 'off', 'refused' by the browser, or 'missing' from it. */
const state = () => {
  if (typeof globalThis.Notification !== 'function') return 'missing';
  if (Notification.permission === 'denied') return 'refused';
  return Notification.permission === 'granted' && choice() === 'on' ? 'on' : 'off';
};

/** A page of this hub, or null. */
const address = (path) => {
  if (typeof path !== 'string' || !path.startsWith('/')) return null;
  const to = new URL(path, location.origin);
  return to.origin === location.origin ? to.pathname + to.search : null;
};

const go = (path) => {
  const to = address(path);
  if (!to) return;
  if (shell.connection?.isUp && globalThis.Blazor) Blazor.navigateTo(to);
  else location.assign(to);
};

/** Phones show notifications by a worker only. The terminal's page brings one; who never opened a terminal has none yet. */
const worker = async () => {
  const { serviceWorker } = navigator;
  const there = (await serviceWorker.getRegistration(SCOPE)) ?? (await serviceWorker.register('/offline/worker.js', { scope: SCOPE }));
  const next = there.active ? null : (there.waiting ?? there.installing);
  if (next) {
    await new Promise((resolve, reject) => {
      next.addEventListener('statechange', () => {
        if (next.state === 'activated') resolve();
        if (next.state === 'redundant') reject(new Error('The worker could not be installed.'));
      });
    });
  }
  return there;
};

const shown = new Map(); // by tag
/** One with the same tag takes the place of the other. @returns {Promise<boolean>} Whether it is seen. */
const show = async ({ title, body, tag, path }) => {
  try {
    const note = new Notification(title, { body, tag });
    shown.set(tag, note);
    note.onclick = () => {
      window.focus();
      note.close();
      if (path) go(path);
    };
    return true;
  } catch {
    try {
      await (await worker()).showNotification(title, { body, tag, data: { path: address(path) } });
      return true;
    } catch {
      return false;
    }
  }
};

const close = async (tag) => {
  shown.get(tag)?.close();
  shown.delete(tag);
  // The worker's are there for every page, also for one that was loaded after them.
  const there = await navigator.serviceWorker?.getRegistration(SCOPE);
  for (const note of (await there?.getNotifications({ tag })) ?? []) note.close();
};

// A page's own nobody could close after it, and their click would lead nowhere.
addEventListener('pagehide', () => {
  for (const tag of [WAITS, ENDS]) shown.get(tag)?.close();
});

/** Only on a click: browsers let nobody else ask. */
const toggle = async () => {
  if (state() === 'missing') return 'missing';
  if (state() === 'on') {
    choose('off');
    return 'off';
  }
  if ((await Notification.requestPermission()) !== 'granted') return state();
  if (!(await show({ title: shell.text('noticesOn'), body: shell.text('noticesOnText'), tag: 'notices' }))) return 'missing';
  choose('on');
  return 'on';
};

let settled = null;
document.addEventListener('click', (event) => {
  if (event.target instanceof Element && event.target.closest('[data-notices]')) settled = toggle().catch(() => state());
}, { capture: true });

// A window that is looked at holds a lock together with all others that are; a browser lets go of it when the window is closed or falls.
const looks = () => !document.hidden && document.hasFocus();
let leave = null;
const attend = () => {
  if (!navigator.locks || looks() === Boolean(leave)) return;
  if (leave) {
    leave();
    leave = null;
    return;
  }
  const left = new Promise((resolve) => { leave = resolve; });
  navigator.locks.request(LOOKED, { mode: 'shared' }, () => left).catch(() => {});
};
for (const moved of ['focus', 'blur', 'pageshow', 'pagehide']) addEventListener(moved, attend);
document.addEventListener('visibilitychange', attend);
attend();

const isLookedAt = async () => looks() || Boolean((await navigator.locks?.query())?.held?.some((lock) => lock.name === LOOKED));

const toldBefore = () => {
  try {
    const told = JSON.parse(recall(TOLD));
    return Array.isArray(told) ? told.filter((one) => Array.isArray(one)) : [];
  } catch {
    return [];
  }
};

let counted = null; // how many wait, as the hub said last

const once = async ({ key, tag }, waited, act) => {
  const told = toldBefore();
  if (told.some(([before]) => before === key)) return;
  const rest = PAUSE - (Date.now() - Number(told.at(-1)?.[1] ?? 0));
  if (rest > 0 && rest <= PAUSE) await new Promise((resolve) => { setTimeout(resolve, rest); });
  if (await isLookedAt()) return;
  // Meanwhile all were decided. Who asked and may not decide is reminded with none that waits for them.
  if ((tag === WAITS || tag === ENDS) && counted === 0 && waited > 0) return;
  remember(TOLD, JSON.stringify([...told, [key, Date.now()]].slice(-KEPT)));
  await act();
};

/** What the hub has to say. Of the windows of one browser one says it, and none while any of them is looked at. */
const tell = async (notice) => {
  attend();
  const waited = counted;
  if (state() !== 'on' || (await isLookedAt())) return;
  const say = () => once(notice, waited, () => show(notice));
  await (navigator.locks ? navigator.locks.request('cc.notices', say) : say());
};

/** How many approvals wait for the reader: on the sign of an installed page. When it falls, what is shown may tell of one that waits no more. */
const badge = (count) => {
  const before = counted ?? Number(recall(COUNTED) ?? 0);
  counted = count;
  remember(COUNTED, String(count));
  (count > 0 ? navigator.setAppBadge?.(count) : navigator.clearAppBadge?.())?.catch(() => {});
  const over = count < before ? [WAITS, ENDS] : count === 0 ? [WAITS] : [];
  for (const tag of over) close(tag).catch(() => {});
};

shell.notices = {
  state,
  toggle,
  show,
  badge,
  /** What the last click came to. */
  settled: () => settled ?? state(),
  // Nobody waits for it: it may rest first.
  tell: (notice) => { tell(notice).catch(() => {}); },
};
