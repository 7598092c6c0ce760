// The last lines of the terminals that were opened here, for when the network is away. Few and small; js/theme.js removes them when nobody is signed in.

const NAME = 'controlchat-console';
const STORE = 'screens';
export const MOST_SESSIONS = 5;
export const MOST_CHARS = 2 * 1024 * 1024;

const done = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

const open = () => {
  const request = indexedDB.open(NAME, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'session' });
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

/** Keeps the screen of one account's session; the oldest of more than a few goes. */
export const keep = (session, account, lines, recordedTo) => within('readwrite', async (store) => {
  await done(store.put({ session, account, text: tail(lines), recordedTo, at: Date.now() }));
  const all = await done(store.getAll());
  for (const old of all.sort((one, other) => other.at - one.at).slice(MOST_SESSIONS)) await done(store.delete(old.session));
}).catch(() => {});

/** @returns {Promise<{text: string, recordedTo: string|null}|null>} Another account's is removed. */
export const kept = (session, account) => within('readwrite', async (store) => {
  const found = await done(store.get(session));
  if (found && found.account !== account) await done(store.clear());
  return found?.account === account ? found : null;
}).catch(() => null);
