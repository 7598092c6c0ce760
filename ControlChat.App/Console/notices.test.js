import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { beforeEach, mock, test } from 'node:test';

// A script of the shell: each window runs it anew.
const SCRIPT = readFileSync(new URL('../wwwroot/js/notices.js', import.meta.url), 'utf8');

/** One window of a browser; windows of the same browser share `browser`: its storage, locks and notifications. */
const newBrowser = () => ({ registered: [], stored: new Map(), said: [], open: new Map(), permission: 'granted', held: new Set(), queues: new Map() });

const locksOf = (browser) => ({
  query: async () => ({ held: [...browser.held].map((name) => ({ name })) }),
  request: (name, ...rest) => {
    const act = rest.at(-1);
    if (rest.length > 1) {
      browser.held.add(name);
      return Promise.resolve(act()).finally(() => browser.held.delete(name));
    }
    const turn = (browser.queues.get(name) ?? Promise.resolve()).then(act, act);
    browser.queues.set(name, turn);
    return turn;
  },
});

/** A worker that a page registers: it is not active yet. */
const newWorker = () => {
  const heard = [];
  const notes = [];
  const made = { installing: { state: 'installing', addEventListener: (_, act) => heard.push(act) }, active: null, notes };
  made.become = (state) => {
    made.installing.state = state;
    if (state === 'activated') made.active = made.installing;
    for (const act of heard) act();
  };
  made.showNotification = async (title, { tag, body, data }) => {
    if (!made.active) throw new TypeError('no active worker');
    notes.push({ title, tag, body, data, close: () => notes.splice(notes.findIndex((one) => one.tag === tag), 1) });
  };
  made.getNotifications = async ({ tag }) => notes.filter((one) => one.tag === tag);
  return made;
};

const activeWorker = () => {
  const made = newWorker();
  made.become('activated');
  return made;
};

const workersOf = (browser) => ({
  getRegistration: async (scope) => (scope === '/sessions/' ? browser.worker : undefined),
  register: async (...words) => {
    browser.registered.push(words);
    if (browser.noWorkers) throw new TypeError('not served');
    return (browser.worker = newWorker());
  },
});

const open = async (browser, { hidden = true, focused = !hidden } = {}) => {
  const heard = {};
  const on = (name, act) => { (heard[name] ??= []).push(act); };
  class FakeNotification {
    static get permission() { return browser.permission; }
    static async requestPermission() { return browser.permission; }
    constructor(title, { body, tag }) {
      if (browser.workersOnly) throw new TypeError('workers only');
      Object.assign(this, { title, body, tag });
      browser.said.push([title, body, tag]);
      browser.open.set(tag, this);
    }
    close() { if (browser.open.get(this.tag) === this) browser.open.delete(this.tag); }
  }
  class FakeElement {
    constructor(found) { this.found = found; }
    closest(selector) { return selector === '[data-notices]' && this.found ? this : null; }
  }
  const page = { went: [], assigned: [], badges: [] };
  Object.assign(globalThis, {
    window: globalThis,
    controlchat: { text: (name) => name, connection: { isUp: true } },
    Blazor: { navigateTo: (to) => page.went.push(to) },
    location: { origin: 'https://hub.example', assign: (to) => page.assigned.push(to) },
    localStorage: { getItem: (key) => browser.stored.get(key) ?? null, setItem: (key, value) => browser.stored.set(key, value) },
    document: { hidden, hasFocus: () => focused, addEventListener: on },
    addEventListener: on,
    focus: () => page.went.push('focused'),
    Notification: FakeNotification,
    Element: FakeElement,
  });
  Object.defineProperty(globalThis, 'navigator', {
    configurable: true,
    value: { locks: locksOf(browser), serviceWorker: workersOf(browser), setAppBadge: async (count) => { page.badges.push(count); }, clearAppBadge: async () => { page.badges.push(0); } },
  });
  await import(`data:text/javascript,${encodeURIComponent(SCRIPT)}//${Math.random()}`);
  const { notices } = globalThis.controlchat;
  const click = async () => {
    for (const act of heard.click) act({ target: new FakeElement(true) });
    return notices.settled();
  };
  const shell = globalThis.controlchat;
  return { notices, page, click, shell, heard };
};

const notice = (more) => ({ tag: 'approvals-waits', key: 'approvals-waits:apr_1', title: 'An approval waits for you', body: 'workspace.archive.', path: '/approvals/apr_1', ...more });
const soon = async () => { for (let i = 0; i < 20; i++) await Promise.resolve(); };

let browser;
beforeEach(() => { browser = newBrowser(); });

test('it is off until it is clicked, stays on in this browser, and off when it is clicked again', async () => {
  const first = await open(browser);
  assert.equal(first.notices.state(), 'off');
  first.notices.tell(notice());
  await soon();
  assert.deepEqual(browser.said, []);
  assert.equal(await first.click(), 'on');
  assert.deepEqual(browser.said, [['noticesOn', 'noticesOnText', 'notices']]);
  const second = await open(browser);
  assert.equal(second.notices.state(), 'on');
  assert.equal(await second.click(), 'off');
  assert.equal((await open(browser)).notices.state(), 'off');
});

test('a browser that refuses, knows none, or shows none says which', async () => {
  browser.permission = 'denied';
  const refused = await open(browser);
  assert.deepEqual([refused.notices.state(), await refused.click()], ['refused', 'refused']);
  browser.permission = 'default';
  assert.equal(await (await open(browser)).click(), 'off');
  browser.permission = 'granted';
  browser.workersOnly = true;
  browser.noWorkers = true;
  const none = await open(browser);
  assert.equal(await none.click(), 'missing');
  assert.equal(none.notices.state(), 'off');
  const old = await open(browser);
  delete globalThis.Notification;
  assert.deepEqual([old.notices.state(), await old.click()], ['missing', 'missing']);
});

test('what the terminal\'s page was switched on for before is on', async () => {
  browser.stored.set('cc.terminal.notify', 'on');
  assert.equal((await open(browser)).notices.state(), 'on');
  browser.stored.set('cc.notices', 'off');
  assert.equal((await open(browser)).notices.state(), 'off');
});

test('a click leads to the approval on this hub, and nowhere else', async () => {
  browser.stored.set('cc.notices', 'on');
  const { notices, page, shell } = await open(browser);
  notices.tell(notice());
  await soon();
  browser.open.get('approvals-waits').onclick();
  assert.deepEqual(page.went, ['focused', '/approvals/apr_1']);
  assert.equal(browser.open.size, 0);
  shell.connection.isUp = false;
  for (const path of ['/approvals', 'https://evil.example/x', '//evil.example/x', '/\\evil.example/x', 'javascript:alert(1)', undefined]) {
    await notices.show(notice({ path }));
    browser.open.get('approvals-waits').onclick();
  }
  assert.deepEqual(page.assigned, ['/approvals']);
});

test('nothing is shown while a window of the hub is looked at, whichever tells', async () => {
  browser.stored.set('cc.notices', 'on');
  const looked = await open(browser, { hidden: false });
  looked.notices.tell(notice());
  await soon();
  assert.equal(browser.held.has('cc.looked-at'), true);
  const hidden = await open(browser);
  hidden.notices.tell(notice());
  await soon();
  assert.deepEqual(browser.said, []);
  globalThis.document.hasFocus = () => false;
  for (const act of looked.heard.blur) act();
  await soon();
});

test('a window that is not looked at any more lets go', async () => {
  browser.stored.set('cc.notices', 'on');
  const { notices, heard } = await open(browser, { hidden: false });
  globalThis.document.hidden = true;
  for (const act of heard.visibilitychange) act();
  await soon();
  assert.equal(browser.held.size, 0);
  notices.tell(notice());
  await soon();
  assert.equal(browser.said.length, 1);
});

test('several windows of one browser tell once', async () => {
  browser.stored.set('cc.notices', 'on');
  const windows = [];
  for (let i = 0; i < 3; i++) windows.push((await open(browser)).notices);
  for (const one of windows) one.tell(notice());
  await soon();
  assert.equal(browser.said.length, 1);
});

test('one that comes at once after another rests first, and takes the place of the one of its kind', async (t) => {
  browser.stored.set('cc.notices', 'on');
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  t.after(() => mock.timers.reset());
  const { notices } = await open(browser);
  notices.tell(notice());
  await soon();
  notices.tell(notice({ key: 'approvals-waits:apr_2', title: '500 approvals wait for you', path: '/approvals' }));
  await soon();
  assert.equal(browser.said.length, 1);
  mock.timers.tick(4000);
  await soon();
  assert.equal(browser.said.length, 2);
  assert.deepEqual([...browser.open.values()].map((note) => note.title), ['500 approvals wait for you']);
});

test('a phone shows it by its worker, with the way', async () => {
  browser.stored.set('cc.notices', 'on');
  browser.workersOnly = true;
  browser.worker = activeWorker();
  const { notices } = await open(browser);
  notices.tell(notice());
  await soon();
  const [{ title, body, tag, data }] = browser.worker.notes;
  assert.deepEqual([title, body, tag, data], ['An approval waits for you', 'workspace.archive.', 'approvals-waits', { path: '/approvals/apr_1' }]);
  assert.deepEqual(browser.registered, []);
});

test('a phone that never opened a terminal gets the worker when it is switched on, and waits until it serves', async () => {
  browser.workersOnly = true;
  const { click, notices } = await open(browser);
  const clicked = click();
  await soon();
  assert.deepEqual(browser.registered, [['/offline/worker.js', { scope: '/sessions/' }]]);
  assert.deepEqual([browser.worker.notes, notices.state()], [[], 'off']);
  browser.worker.become('installed');
  browser.worker.become('activated');
  assert.equal(await clicked, 'on');
  assert.deepEqual(browser.worker.notes.map((note) => note.title), ['noticesOn']);
});

test('a worker that cannot be installed shows nothing', async () => {
  browser.workersOnly = true;
  const { click } = await open(browser);
  const clicked = click();
  await soon();
  browser.worker.become('redundant');
  assert.equal(await clicked, 'missing');
});

test('the page\'s sign has the number, and no notice stays of what waits no more', async () => {
  browser.stored.set('cc.notices', 'on');
  const { notices, page } = await open(browser);
  notices.tell(notice());
  await soon();
  notices.badge(2);
  assert.equal(browser.open.size, 1);
  notices.badge(0);
  assert.deepEqual([page.badges, browser.open.size], [[2, 0], 0]);
});

test('it is closed when one was decided though others wait, and stays when more come', async () => {
  browser.stored.set('cc.notices', 'on');
  const { notices } = await open(browser);
  notices.badge(2);
  await notices.show(notice());
  notices.badge(3);
  notices.badge(3);
  assert.equal(browser.open.size, 1);
  notices.badge(2);
  assert.equal(browser.open.size, 0);
});

test('what a phone\'s worker shows is closed too, by a page that was loaded after it', async () => {
  browser.stored.set('cc.notices', 'on');
  browser.workersOnly = true;
  browser.worker = activeWorker();
  const { notices } = await open(browser);
  notices.badge(2);
  for (const tag of ['approvals-waits', 'approvals-ends', 'approvals-decided']) await notices.show(notice({ tag }));
  assert.equal(browser.worker.notes.length, 3);
  (await open(browser)).notices.badge(1);
  await soon();
  assert.deepEqual(browser.worker.notes.map((note) => note.tag), ['approvals-decided']);
});

test('who asked and has nothing to decide keeps the reminder', async () => {
  browser.stored.set('cc.notices', 'on');
  const { notices } = await open(browser);
  notices.badge(0);
  await notices.show(notice({ tag: 'approvals-ends' }));
  notices.badge(0);
  assert.equal(browser.open.size, 1);
});

test('a page takes its own with it', async () => {
  browser.stored.set('cc.notices', 'on');
  const { notices, heard } = await open(browser);
  await notices.show(notice());
  await notices.show(notice({ tag: 'ags_1' }));
  for (const act of heard.pagehide) act();
  assert.deepEqual([...browser.open.keys()], ['ags_1']);
});

test('what was decided while the notice rested is not told', async (t) => {
  browser.stored.set('cc.notices', 'on');
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 });
  t.after(() => mock.timers.reset());
  const { notices } = await open(browser);
  notices.badge(1);
  notices.tell(notice());
  await soon();
  for (const tag of ['approvals-waits', 'approvals-ends', 'approvals-decided']) notices.tell(notice({ key: `${tag}:apr_2`, tag }));
  await soon();
  notices.badge(0);
  for (let i = 0; i < 3; i++) {
    mock.timers.tick(4000);
    await soon();
  }
  assert.deepEqual(browser.said.map(([, , tag]) => tag), ['approvals-waits', 'approvals-decided']);
});

test('what is stored and is nothing of ours does no harm', async () => {
  browser.stored.set('cc.notices', 'on');
  for (const odd of ['{', '7', '[7, null, ["approvals-waits:apr_9", "then"]]']) {
    browser.stored.set('cc.notices.told', odd);
    const { notices } = await open(browser);
    notices.tell(notice({ key: odd }));
    await soon();
  }
  assert.equal(browser.said.length, 3);
});
