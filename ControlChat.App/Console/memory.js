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
export const keepWindow = (session, token) => within(tab, (storage) => storage.setItem(`cc.window.${session}`, token), null);
export const forgetWindow = (session) => within(tab, (storage) => storage.removeItem(`cc.window.${session}`), null);
