import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';

const HTML = '<link rel="icon" href="/favicon.1.svg"><script src="/js/theme.2.js"></script><link href="/css/app.3.css"><a href="/sessions">all</a><script src="https://elsewhere.example/x.js"></script>';

/** The worker in a browser that has a cache and a network; `away`: it has none. */
let it;
beforeEach(async () => {
  it = { heard: {}, asked: [], cached: new Map(), away: false };
  const cache = {
    addAll: async (paths) => { for (const path of paths) it.cached.set(path, `file ${path}`); },
    put: async (path, answer) => it.cached.set(path, await answer.text()),
    match: async (request) => it.cached.get(typeof request === 'string' ? request : new URL(request.url).pathname),
  };
  Object.assign(globalThis, {
    location: { origin: 'https://hub.example' },
    caches: { open: async () => cache, delete: async () => it.cached.clear() },
    fetch: async (request) => {
      it.asked.push(typeof request === 'string' ? request : request.url);
      if (it.away) throw new TypeError('away');
      return typeof request === 'string' ? new Response(HTML) : `answer of ${request.url}`;
    },
    skipWaiting: async () => {},
    addEventListener: (name, act) => { it.heard[name] = act; },
  });
  await import(`./worker.js?${Math.random()}`);
  await new Promise((resolve) => it.heard.install({ waitUntil: (work) => resolve(work) }));
  it.asked = [];
});

const ask = async (path, more = {}) => {
  let answer = 'not looked at';
  it.heard.fetch({ request: { method: 'GET', mode: 'cors', url: new URL(path, 'https://hub.example').href, ...more }, respondWith: (given) => { answer = given; } });
  return answer;
};

test('only its page and the files that it names are kept', () => {
  assert.deepEqual([...it.cached.keys()], ['/favicon.1.svg', '/js/theme.2.js', '/css/app.3.css', '/offline/terminal']);
});

test('a page that is opened is the hub\'s while there is a network, and is not kept', async () => {
  assert.equal(await ask('/sessions/ags_1', { mode: 'navigate' }), 'answer of https://hub.example/sessions/ags_1');
  assert.equal(it.cached.size, 4);
  it.away = true;
  assert.equal(await ask('/sessions/ags_1', { mode: 'navigate' }), HTML);
});

test('what the API answers, scripts of the hub and other origins are not looked at', async () => {
  for (const path of ['/api/v1/me', '/console/console.9.js', '/_blazor', 'https://elsewhere.example/css/app.3.css']) assert.equal(await ask(path), 'not looked at');
  assert.equal(await ask('/sessions/ags_1', { method: 'POST', mode: 'navigate' }), 'not looked at');
  assert.deepEqual(it.asked, []);
});

test('its own files come from here, those of another build from the hub', async () => {
  it.away = true;
  assert.equal(await ask('/css/app.3.css'), 'file /css/app.3.css');
  it.away = false;
  assert.equal(await ask('/css/app.4.css'), 'answer of https://hub.example/css/app.4.css');
});

const tap = async (pages, data) => {
  const did = [];
  globalThis.clients = {
    matchAll: async () => pages.map((url) => ({ url, focus: async () => did.push(`focus ${url}`), navigate: async (to) => did.push(`to ${to}`) })),
    openWindow: async (to) => did.push(`open ${to}`),
  };
  let work;
  it.heard.notificationclick({ notification: { tag: 'ags_1', data, close: () => did.push('close') }, waitUntil: (given) => { work = given; } });
  await work;
  return did;
};

test('a notification that is tapped leads to its session, or to where it says on this hub', async () => {
  assert.deepEqual(await tap(['https://hub.example/sessions/ags_2', 'https://hub.example/sessions/ags_1'], null), ['close', 'focus https://hub.example/sessions/ags_1']);
  assert.deepEqual(await tap(['https://hub.example/sessions/ags_2'], { path: '/approvals/apr_1' }), ['close', 'focus https://hub.example/sessions/ags_2', 'to https://hub.example/approvals/apr_1']);
  assert.deepEqual(await tap([], { path: '/approvals' }), ['close', 'open https://hub.example/approvals']);
  assert.deepEqual(await tap([], { path: 'https://evil.example/' }), ['close']);
});
