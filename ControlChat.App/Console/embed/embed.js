import { openTerminal } from './terminal-port.js';
import { apiOf } from './api.js';
import { Bridge } from './bridge.js';
import { commandsOf } from './commands.js';
import { EmbedSession } from './session.js';
import { follow } from './follow.js';
import { View } from './view.js';

const AGAIN = 500;
const LATER = 5_000;
const TRIES = 60;

const { session: id, parents } = document.body.dataset;
const ticket = takeTicket();
if (parent === window) View.alone();
else start(JSON.parse(parents));

function start(allowed) {
  const view = new View();
  const screen = openTerminal(view.terminal);
  const session = new EmbedSession({
    id, api: apiOf(id), screen,
    follow: (key, owner) => follow(id, key, owner, screen, view),
    tell: (type, data) => bridge.emit(type, data),
    show: (state) => view.show(state),
    later: (run, milliseconds) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    now: () => Date.now(),
    ignored: () => bridge.ignored,
  });
  const bridge = new Bridge({
    parents: allowed, window: parent, around: [...(location.ancestorOrigins ?? [])], now: () => performance.now(), nonce: random(), commands: commandsOf(session),
    met: () => {
      queueMicrotask(() => session.greet());
      return { session_id: id };
    },
  });
  addEventListener('message', (event) => bridge.receive(event));
  announce(bridge, TRIES);
  if (ticket) begin(session, view);
}

// The parent may listen later than the frame loads; after a while it is asked less often.
function announce(bridge, tries) {
  if (bridge.peer) return;
  bridge.announce();
  setTimeout(() => announce(bridge, tries - 1), tries > 0 ? AGAIN : LATER);
}

async function begin(session, view) {
  try {
    await session.begin(ticket);
  } catch (error) {
    view.trouble(error.message);
    session.refused();
  }
}

// Out of the address at once: not into the history, not to be copied along.
function takeTicket() {
  const address = new URL(location.href);
  const found = new URLSearchParams(address.hash.slice(1)).get('ticket') ?? address.searchParams.get('ticket');
  if (address.hash !== '' || address.search !== '') history.replaceState(null, '', address.pathname);
  return found;
}

function random() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replaceAll('+', '-').replaceAll('/', '_');
}
