// Drafts stay in this browser, one per conversation. A field opts in with data-draft="<conversation key>"; an empty key means none.
// Typing never waits for the server: the text is stored as it is typed and put back when the field appears again.
const name = (key) => `cc.draft.${key}`;
const store = (act) => {
  try { return act(localStorage); } catch { return null; }
};

export const read = (key) => store((drafts) => drafts.getItem(name(key))) ?? '';

export const write = (key, text) => {
  if (!key) return;
  store((drafts) => (text ? drafts.setItem(name(key), text) : drafts.removeItem(name(key))));
};

export const clear = (key) => write(key, '');

/** Fills an empty field with its draft. Safe to call at every render. Returns what the field holds now. */
export const restore = (field) => {
  const key = field?.dataset?.draft;
  if (!key) return field?.value ?? '';
  if (field.dataset.draftShown !== key) {
    field.dataset.draftShown = key;
    field.value = read(key);
    field.dispatchEvent(new CustomEvent('cc-draft', { bubbles: true }));
  }
  return field.value;
};

// What a page was about to do when it asked for a fresh sign-in: in this tab only, for the same page, once, for a quarter of an hour.
// It names the account that entered it; the page shows it to nobody else.
const UNFINISHED = 'cc.unfinished';
const UNFINISHED_FOR = 15 * 60 * 1000;

export const unfinished = {
  keep(place, what) {
    try { sessionStorage.setItem(UNFINISHED, JSON.stringify({ place, what, at: Date.now() })); } catch { /* private mode: it is entered once more */ }
  },
  take(place) {
    try {
      const kept = JSON.parse(sessionStorage.getItem(UNFINISHED) ?? 'null');
      if (kept?.place !== place) return null;
      sessionStorage.removeItem(UNFINISHED);
      return Date.now() - kept.at < UNFINISHED_FOR ? kept.what : null;
    } catch {
      return null;
    }
  },
};

document.addEventListener('input', (event) => {
  const field = event.target;
  if (field instanceof HTMLElement && field.dataset.draft) write(field.dataset.draft, field.value);
});

Object.assign(window.controlchat, { draft: { read, write, clear, restore }, unfinished });
