// Starts the circuit and keeps it: after a loss it tries again for ever, takes the page up where it was when the hub still
// holds it, and reloads the same address when it does not. Says so after one second, not before.
(() => {
  const WAITS = [0, 1, 2, 4]; // seconds before attempt 1, 2, …; the last one repeats, so that a page is back within 10 s of its hub
  const SILENT_MS = 1000;
  const PROBE_MS = 5000;

  const modal = document.getElementById('components-reconnect-modal');
  const live = document.getElementById('connection-live');
  const { text } = window.controlchat; // ui.js runs first
  const part = (name) => modal.querySelector(`[data-part="${name}"]`);
  const show = (state) => {
    modal.className = `dialog components-reconnect-${state}`;
    document.documentElement.dataset.connection = state;
  };

  let whole = false; // this page has its circuit and has been drawn by it
  let stopped = false; // the hub ended the circuit for a fault of its own: the page says so and is left to its reader
  let lost = null; // { since, attempt, next, wait, timer, busy, gone }

  // What went wrong how often in a row, in this tab: 'starts' are pages that never became whole, 'sockets' are WebSockets that did not
  // open. A browser that stores nothing counts two of each: it waits, and negotiates.
  const failed = (what) => {
    try {
      return Number(sessionStorage.getItem(`cc.failed.${what}`));
    } catch {
      return 2;
    }
  };
  const keep = (what, count) => {
    try {
      sessionStorage.setItem(`cc.failed.${what}`, count);
    } catch {
      // Always two.
    }
  };

  const clock = (time) => time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

  const draw = () => {
    if (!lost) return;
    const left = Math.max(0, Math.ceil((lost.next - Date.now()) / 1000));
    part('title').textContent = lost.busy || left === 0 ? text('connectionLost') : text('tryingAgain', left);
    part('line').textContent = text('attempt', Math.max(1, lost.attempt), clock(lost.since));
    const share = lost.wait ? Math.round(((lost.wait - left) / lost.wait) * 20) * 5 : 100;
    part('bar').className = `bar w${lost.busy ? 100 : share}`;
    if (!modal.open && Date.now() - lost.since >= SILENT_MS) {
      show('show');
      // A page that goes on by itself stays in sight and in use.
      if (document.querySelector('[data-goes-on]')) modal.show();
      else {
        modal.showModal();
        part('try').focus();
      }
    }
    if (!lost.busy && Date.now() >= lost.next) attempt();
  };

  const ask = async (address) => {
    try {
      return await fetch(address, { cache: 'no-store', redirect: 'manual', signal: AbortSignal.timeout(PROBE_MS) });
    } catch {
      return null;
    }
  };
  const leadsElsewhere = (answer) => answer?.type === 'opaqueredirect';

  const waitOf = (attempt) => WAITS[Math.min(attempt, WAITS.length - 1)];

  const again = () => {
    lost.busy = false;
    lost.wait = waitOf(whole ? lost.attempt : lost.attempt + failed('starts'));
    lost.next = Date.now() + lost.wait * 1000;
    show(modal.open ? 'failed' : 'hide');
    draw();
  };

  // A proxy answers for a hub that is away, and so does a hub that is not open yet: only what it says of itself counts.
  const reload = async () => {
    const page = await ask(location.href);
    if (!lost) return;
    if (!page?.ok && !leadsElsewhere(page)) return again();
    show('rejected');
    part('title').textContent = text('loadingAgain');
    if (!whole) keep('starts', failed('starts') + 1);
    location.reload();
  };

  const attempt = async () => {
    if (!lost || lost.busy) return;
    lost.busy = true;
    lost.attempt += 1;
    draw();
    if (!(await ask('health/live'))?.ok) return lost && again();
    if (!lost) return;
    if (!whole || lost.gone) return reload();
    const loss = lost;
    try {
      await Blazor.reconnect();
      if (lost !== loss) return; // up, whatever came since
      lost.gone = true; // the hub answered and no longer holds this page
      await reload();
    } catch {
      // A session that ended meanwhile leads to the sign-in.
      const page = await ask(location.href);
      if (!lost) return;
      if (leadsElsewhere(page)) location.reload();
      else again();
    }
  };

  const down = () => {
    if (lost || stopped) return;
    // A reader who goes elsewhere from a page that is not whole yet is not called back.
    const wait = whole ? 0 : waitOf(1 + failed('starts'));
    lost = { since: new Date(), attempt: 0, next: Date.now() + wait * 1000, wait, busy: false, gone: false };
    lost.timer = setInterval(draw, 250);
    draw();
  };

  const up = () => {
    if (!lost) return;
    clearInterval(lost.timer);
    lost = null;
    show('hide');
    if (!modal.open) return;
    modal.close();
    if (stopped) return;
    live.textContent = text('connectedAgain');
    setTimeout(() => { live.textContent = ''; }, 4000);
  };

  modal.addEventListener('cancel', (event) => event.preventDefault()); // it closes when the hub is back
  part('try').addEventListener('click', attempt);
  part('reload').addEventListener('click', () => location.reload());
  addEventListener('online', attempt);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) attempt(); });

  // So that the page is drawn with the times of this reader at once: in the zone they chose, or else in the browser's.
  const zone = (chosen) => {
    const shown = chosen || (Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC');
    document.cookie = `cc_zone=${shown}; Path=/; SameSite=Strict; Max-Age=31536000${location.protocol === 'https:' ? '; Secure' : ''}`;
    try {
      localStorage.setItem('cc.zone', chosen ?? '');
    } catch { /* lasts as long as the cookie */ }
  };
  const chosenZone = () => {
    try { return localStorage.getItem('cc.zone'); } catch { return null; }
  };
  zone(chosenZone());

  // A WebSocket at once, which every node of a hub can take; where none opens, every third attempt lets the hub name another way.
  // Blazor gives a page up whose connection does not start, and does not hear of one that ends before its circuit is whole.
  const wire = (builder) => {
    if (failed('sockets') % 3 !== 2) builder.withUrl('_blazor', { skipNegotiation: true, transport: 1 });
    const build = builder.build.bind(builder);
    builder.build = () => {
      const connection = build();
      const start = connection.start.bind(connection);
      connection.on('JS.Error', () => {
        stopped = whole;
        if (stopped) up();
      });
      connection.onclose(down);
      connection.start = async () => {
        try {
          await start();
          keep('sockets', connection.connection?.features?.inherentKeepAlive ? 2 : 0); // long polling, which the next page begins with
        } catch (fault) {
          keep('sockets', failed('sockets') + 1);
          down();
          if (!whole) return new Promise(() => {}); // the page is loaded again
          throw Object.assign(new Error(String(fault), { cause: fault }), { errorType: 'FailedToNegotiateWithServerError' }); // the one kind that Blazor leaves to its caller
        }
      };
      return connection;
    };
  };

  Blazor.start({
    circuit: {
      configureSignalR: wire,
      initializers: { beforeStart: [], afterStarted: [] }, // there are none: spares the request for them
      reconnectionHandler: { onConnectionDown: down, onConnectionUp: up },
    },
    ssr: { disableDomPreservation: true },
  });

  const becomesWhole = () => {
    whole = true;
    keep('starts', 0);
  };

  Object.assign(window.controlchat, { zone, connection: { tryNow: attempt, becomesWhole } });
})();
