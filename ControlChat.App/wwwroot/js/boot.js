// Starts the circuit and keeps it: after a loss it tries again for ever, takes the page up where it was when the hub still
// holds it, and reloads the same address when it does not. Says so after one second, not before.
(() => {
  const WAITS = [0, 1, 2, 4]; // seconds before attempt 1, 2, …; the last one repeats, so that a page is back within 10 s of its hub
  const SILENT_MS = 1000;
  const PROBE_MS = 5000;

  const modal = document.getElementById('components-reconnect-modal');
  const live = document.getElementById('connection-live');
  const part = (name) => modal.querySelector(`[data-part="${name}"]`);
  const show = (state) => {
    modal.className = `dialog components-reconnect-${state}`;
    document.documentElement.dataset.connection = state;
  };

  let lost = null; // { since, attempt, next, wait, timer, busy }
  let stopped = false; // the hub ended this page for a fault of its own: the page says so and is left to its reader

  // WebSockets that could not be opened in a row, kept over a reload.
  const failures = (count) => {
    try {
      if (count !== undefined) sessionStorage.setItem('cc.failures', count);
      return Number(sessionStorage.getItem('cc.failures'));
    } catch {
      return 0; // a browser that stores nothing
    }
  };

  const clock = (time) => time.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

  const draw = () => {
    if (!lost) return;
    const left = Math.max(0, Math.ceil((lost.next - Date.now()) / 1000));
    part('title').textContent = lost.busy || left === 0 ? 'Connection lost. Trying now.' : `Connection lost. Trying again in ${left} s.`;
    part('line').textContent = `Attempt ${Math.max(1, lost.attempt)}, since ${clock(lost.since)}.`;
    const share = lost.wait ? Math.round(((lost.wait - left) / lost.wait) * 20) * 5 : 100;
    part('bar').className = `bar w${lost.busy ? 100 : share}`;
    if (!modal.open && Date.now() - lost.since >= SILENT_MS) {
      show('show');
      modal.showModal();
      part('try').focus();
    }
    if (!lost.busy && Date.now() >= lost.next) attempt();
  };

  // A proxy answers for a hub that is away, and so does a hub that is not open yet: only what it says of itself counts.
  const serves = async (address) => {
    try {
      const answer = await fetch(address, { cache: 'no-store', redirect: 'manual', signal: AbortSignal.timeout(PROBE_MS) });
      return answer.ok || answer.type === 'opaqueredirect';
    } catch {
      return false;
    }
  };

  const again = () => {
    lost.busy = false;
    lost.wait = WAITS[Math.min(lost.attempt, WAITS.length - 1)];
    lost.next = Date.now() + lost.wait * 1000;
    show(modal.open ? 'failed' : 'hide');
    draw();
  };

  const reload = async () => {
    if (!(await serves(location.href))) return lost && again();
    show('rejected');
    part('title').textContent = 'Loading the page again.';
    location.reload();
  };

  const attempt = async () => {
    if (!lost || lost.busy) return;
    lost.busy = true;
    lost.attempt += 1;
    draw();
    if (!(await serves('health/live'))) return lost && again();
    if (!lost) return;
    if (!document.querySelector('[data-ready]')) return reload(); // lost before its circuit was whole: there is nothing to take up
    try {
      if (!(await Blazor.reconnect())) await reload(); // the hub answered and no longer holds this page
    } catch {
      if (lost) again();
    }
  };

  const down = () => {
    if (lost || stopped) return;
    lost = { since: new Date(), attempt: 0, next: Date.now(), wait: 0, busy: false };
    lost.timer = setInterval(draw, 250);
    attempt();
  };

  const up = () => {
    if (!lost) return;
    clearInterval(lost.timer);
    lost = null;
    show('hide');
    if (!modal.open) return;
    modal.close();
    live.textContent = 'Connected again.';
    setTimeout(() => { live.textContent = ''; }, 4000);
  };

  modal.addEventListener('cancel', (event) => event.preventDefault()); // it closes when the hub is back
  part('try').addEventListener('click', attempt);
  part('reload').addEventListener('click', () => location.reload());
  addEventListener('online', attempt);
  document.addEventListener('visibilitychange', () => { if (!document.hidden) attempt(); });

  // So that the page is drawn with the times of this reader at once.
  document.cookie = `cc_zone=${Intl.DateTimeFormat().resolvedOptions().timeZone ?? 'UTC'}; Path=/; SameSite=Strict; Max-Age=31536000${location.protocol === 'https:' ? '; Secure' : ''}`;

  // A WebSocket at once, which every node of a hub can take; where none can be opened, every third attempt lets the hub name another
  // way. Blazor gives a page up whose connection does not start, and does not hear of one that ends before its circuit is whole.
  const wire = (builder) => {
    const asks = failures() % 3 === 2;
    if (!asks) builder.withUrl('_blazor', { skipNegotiation: true, transport: 1 });
    const build = builder.build.bind(builder);
    builder.build = () => {
      const connection = build();
      const start = connection.start.bind(connection);
      connection.on('JS.Error', () => { stopped = true; });
      connection.onclose(down);
      connection.start = async () => {
        try {
          await start();
          if (!asks) failures(0);
        } catch (fault) {
          failures(failures() + 1);
          down();
          throw Object.assign(new Error(fault.message), { errorType: 'FailedToNegotiateWithServerError' }); // the one kind that Blazor leaves to its caller
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
  }).catch(down);

  window.controlchat.connection = { tryNow: attempt };
})();
