// A key stands behind '#' in the address, so no proxy and no log on the way has it. It leaves the address and the history here,
// and goes to the hub in the body of a form.
const form = document.querySelector('[data-link-form]');

// A page that is one without a key, too, has neither of these.
const show = (name, visible) => {
  const part = document.querySelector(`[data-link-${name}]`);
  if (part) part.hidden = !visible;
};

const open = () => {
  const key = new URLSearchParams(location.hash.slice(1)).get('t') ?? '';
  history.replaceState(null, '', location.pathname);
  const whole = /^[A-Za-z0-9_-]{43}$/.test(key);
  show('wait', whole);
  show('missing', !whole);
  if (!whole) return;
  form.elements.t.value = key;
  form.submit();
};

// Another link pasted into the same tab loads nothing anew; a page that comes back from the browser's cache has lost its key.
addEventListener('hashchange', open);
addEventListener('pageshow', (event) => { if (event.persisted) open(); });
open();
