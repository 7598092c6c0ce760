// Runs in <head>, before the first paint: no flash of the other theme. The choice ("light", "dark" or "system") stays in this browser.
(() => {
  const KEY = 'cc.theme';
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const read = () => {
    try { return localStorage.getItem(KEY) ?? 'system'; } catch { return 'system'; }
  };
  const show = () => {
    const choice = read();
    const theme = choice === 'light' || choice === 'dark' ? choice : dark.matches ? 'dark' : 'light';
    document.documentElement.dataset.theme = theme;
    document.querySelector('meta[name="color-scheme"]')?.setAttribute('content', theme);
  };
  const set = (choice) => {
    try { localStorage.setItem(KEY, choice); } catch { /* private mode: the theme lasts as long as the page */ }
    show();
    if (choice === 'light' || choice === 'dark') document.documentElement.dataset.theme = choice;
  };
  dark.addEventListener('change', show);
  addEventListener('storage', (event) => { if (event.key === KEY) show(); });
  show();
  // Nobody is signed in, or it is a day old: what the console kept of terminals goes (Console/offline), and no open tab keeps it anew.
  try {
    const out = /\/signin\/?$/.test(location.pathname);
    const keptAt = Number(localStorage.getItem('cc.kept'));
    if (out) localStorage.setItem('cc.signed-out', String(Date.now()));
    if (out || (keptAt && !(Math.abs(Date.now() - keptAt) < 86_400_000))) {
      localStorage.removeItem('cc.kept');
      indexedDB.deleteDatabase('controlchat-console');
    }
  } catch { /* a browser that stores nothing */ }
  window.controlchat = { theme: { read, set } };
})();
