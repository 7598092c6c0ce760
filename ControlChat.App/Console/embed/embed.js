import { Bridge } from './bridge.js';
import { commandsOf } from './commands.js';
import { Follower } from './follow.js';
import { hubOf } from './hub.js';
import { Screen } from './screen.js';
import { EmbedSession } from './session.js';
import { View, showAlone } from './view.js';

const AGAIN = 500;
const LATER = 5_000;
const TRIES = 60;

const { session: id, parents } = document.body.dataset;
const ticket = takeTicket();
if (parent === window) showAlone();
else start(JSON.parse(parents));

function start(allowed) {
  const view = new View({ take: () => follower.takeControl(), keep: () => follower.keepControl(), give: () => follower.giveControl(), reader: (on) => screen.readAloud(on) });
  const said = (text) => view.said(text);
  const [screen, hub] = [new Screen(view.terminal, said, () => view.leave()), hubOf(id)];
  const session = new EmbedSession({
    id, api: hub, screen,
    follow: (key) => follower.open(key),
    tell: (type, data) => bridge.emit(type, data),
    show: (now) => view.show(now),
    later: (run, milliseconds) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    now: () => Date.now(),
    ignored: () => bridge.ignored,
  });
  const follower = new Follower({ hub, screen, heard: (type, frame) => session.heard(type, frame), lost: () => session.lose('expired'), said });
  const bridge = new Bridge({
    parents: allowed, window: parent, around: [...(location.ancestorOrigins ?? [])], now: () => performance.now(), nonce: random(), commands: commandsOf(session),
    met: () => {
      queueMicrotask(() => session.greet());
      return { session_id: id };
    },
  });
  addEventListener('message', (event) => bridge.receive(event));
  addEventListener('online', () => follower.retry());
  addEventListener('offline', () => follower.offline());
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
  const found = new URLSearchParams(address.hash.slice(1)).get('ticket'); // what stands before # is in the logs of proxies
  if (address.hash !== '' || address.search !== '') history.replaceState(null, '', address.pathname);
  return found;
}

function random() {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(24)))).replaceAll('+', '-').replaceAll('/', '_');
}
