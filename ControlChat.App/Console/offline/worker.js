// What a browser shows at a terminal's address while its network is away: a page of its own, static and the same for everybody, which shows what
// this browser kept. It answers with that page and with the versioned files that the page names, and keeps nothing else: no page of the hub,
// no answer of its API. A worker has no other way to pass a page's own request on than `fetch`; it makes none of its own but for its page.

const PAGE = '/offline/terminal';
const CACHE = 'controlchat-offline';
const NAMED = /(?:href|src)="(\/[^"]+\.(?:css|js|svg))"/g;
const OURS = /^\/(?:css\/(?:tokens|app)|js\/theme|console\/kept|favicon)\./;

const install = async () => {
  const page = await fetch(PAGE, { cache: 'no-store', credentials: 'omit', redirect: 'error' });
  if (!page.ok) throw new Error(`The offline page answered ${page.status}.`);
  const named = [...(await page.clone().text()).matchAll(NAMED)].map((match) => match[1]);
  await caches.delete(CACHE);
  const cache = await caches.open(CACHE);
  await cache.addAll(named);
  await cache.put(PAGE, page);
  await skipWaiting();
};

const here = async (address) => (await caches.open(CACHE)).match(address);

const pageOf = async (request) => {
  try {
    return await fetch(request);
  } catch {
    return (await here(PAGE)) ?? Response.error();
  }
};

const fileOf = async (request) => (await here(request)) ?? fetch(request);

addEventListener('install', (event) => event.waitUntil(install()));
addEventListener('fetch', (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== 'GET' || address.origin !== location.origin) return;
  if (request.mode === 'navigate') event.respondWith(pageOf(request));
  // Their names change with what is in them: those of another build are not here.
  else if (OURS.test(address.pathname)) event.respondWith(fileOf(request));
});

// Phones show notifications by a worker only.
const open = async ({ tag, data }) => {
  const pages = await clients.matchAll({ type: 'window' });
  const page = pages.find((one) => one.url.includes(tag)) ?? pages[0];
  const to = data?.path ? new URL(data.path, location.origin) : null;
  if (to?.origin !== location.origin) return page?.focus();
  if (!page) return clients.openWindow(to.href);
  await page.focus();
  return page.navigate(to.href);
};

addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(open(event.notification));
});
