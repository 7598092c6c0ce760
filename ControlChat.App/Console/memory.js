// What this browser remembers: choices of its person, and which window of a terminal this tab is.

const within = (storage, act, otherwise) => {
  try {
    return act(storage()) ?? otherwise;
  } catch {
    return otherwise; // a browser that stores nothing
  }
};

const local = () => localStorage;
const tab = () => sessionStorage;

export const choice = (name) => within(local, (storage) => storage.getItem(`cc.terminal.${name}`), null);
export const choose = (name, value) => within(local, (storage) => storage.setItem(`cc.terminal.${name}`, value), null);

/** The resume token of this tab's window: with it a page that is loaded again is the same window, and in control if it was. */
export const windowOf = (session) => within(tab, (storage) => storage.getItem(`cc.window.${session}`), null);
export const keepWindow = (session, token) => (typeof token === 'string' ? within(tab, (storage) => storage.setItem(`cc.window.${session}`, token), null) : forgetWindow(session));
export const forgetWindow = (session) => within(tab, (storage) => storage.removeItem(`cc.window.${session}`), null);

/** This tab's own name, which a duplicate of it finds too. */
export const tabName = (fresh = null) => within(tab, (storage) => (fresh === null ? storage.getItem('cc.tab') : storage.setItem('cc.tab', fresh)), null);

/** In which zone times are shown, as the page shows them; undefined: the browser's own. */
export const zone = () => within(local, (storage) => {
  const name = storage.getItem('cc.zone') || undefined;
  new Intl.DateTimeFormat([], { timeZone: name }); // throws where it is none
  return name;
}, undefined);

/** When somebody signed out in this browser, by its clock; js/theme.js keeps it. */
export const signedOutAt = () => within(local, (storage) => Number(storage.getItem('cc.signed-out')), 0);

/** When this browser last kept something of a terminal; js/theme.js removes all of it after a day. */
export const keptAt = (at) => within(local, (storage) => storage.setItem('cc.kept', String(at)), null);
