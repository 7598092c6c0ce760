// The last lines of the terminals that were opened here, for when the network is away: few, small, of one account, and not for long.
// js/theme.js removes them when nobody is signed in.

const NAME = 'controlchat-console';
const STORE = 'screens';
export const MOST_SESSIONS = 5;
export const MOST_CHARS = 512 * 1024;
export const MOST_AGE_MS = 24 * 3_600_000;

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const open = () => {
  const request = indexedDB.open(NAME, 2);
  request.onupgradeneeded = () => {
    const database = request.result;
    if (database.objectStoreNames.contains(STORE)) database.deleteObjectStore(STORE);
    database.createObjectStore(STORE, { keyPath: 'session' }).createIndex('at', 'at');
  };
  return done(request);
};

const within = async (mode, act) => {
  const database = await open();
  try {
    return await act(database.transaction(STORE, mode).objectStore(STORE));
  } finally {
    database.close();
  }
};

/** The end of the lines, as much of it as may be kept. */
export const tail = (lines) => {
  const text = lines.join('\n').trimEnd();
  return text.length <= MOST_CHARS ? text : text.slice(text.indexOf('\n', text.length - MOST_CHARS) + 1);
};

/** @param {{account: string, at: number}} entry @param {string|null} account Null: whoever's it is. */
export const isStale = (entry, account, now) => !(now - entry.at >= 0 && now - entry.at < MOST_AGE_MS) || (account !== null && entry.account !== account);

/** Keeps the end of one account's session; the oldest of more than a few goes. @param {{session: string, account: string, title: string, text: string, recordedTo: string|null}} entry */
export const keep = (entry) => within('readwrite', async (store) => {
  await done(store.put({ ...entry, at: Date.now() }));
  const names = await done(store.index('at').getAllKeys());
  for (const name of names.slice(0, Math.max(0, names.length - MOST_SESSIONS))) await done(store.delete(name));
}).catch(() => {});

/** Removes what is too old, and another account's. */
export const sweep = (account) => within('readwrite', async (store) => {
  for (const entry of await done(store.getAll())) if (isStale(entry, account, Date.now())) await done(store.delete(entry.session));
}).catch(() => {});

/** @param {string|null} session Null: all of them. */
export const forget = (session) => within('readwrite', (store) => done(session === null ? store.clear() : store.delete(session))).catch(() => {});

/** @returns {Promise<{title: string, text: string, recordedTo: string|null, at: number}|null>} */
export const kept = async (session, account = null) => {
  await sweep(account);
  return within('readonly', async (store) => (await done(store.get(session))) ?? null).catch(() => null);
};
