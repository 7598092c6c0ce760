import { ControlChatFrame } from './console.js';

const EVENTS = ['welcome', 'bridge-initialized', 'session-started', 'session-update', 'session-ended', 'operator-updated', 'ticket-needed', 'error'];
const MOST_EVENTS = 100;
const WAITS = [0, 1, 2, 5, 15, 60]; // seconds before a sign-in that nobody clicked for: never as fast as it can
const STEADY_MS = 60_000;

const find = (what) => document.querySelector(`[data-${what}]`);
const bridge = new ControlChatFrame(document.querySelector('iframe'), document.body.dataset.hub);
let access = 'view';
let [tries, last, waiting] = [0, 0, null];

for (const name of EVENTS) bridge.addEventListener(name, (event) => log(name, event.detail));
for (const name of ['session-started', 'session-update']) bridge.addEventListener(name, (event) => show(event.detail));
bridge.addEventListener('session-ended', ({ detail }) => show({ state: 'ended', detail: detail.reason }));
bridge.addEventListener('ticket-needed', () => again());
bridge.addEventListener('welcome', () => (find('commands').dataset.ready = ''));

for (const button of document.querySelectorAll('[data-ticket]')) button.addEventListener('click', () => signIn((access = button.dataset.ticket)));
for (const button of document.querySelectorAll('[data-ask]')) button.addEventListener('click', () => ask(button.dataset.ask));

// The page asks its own server, which knows who is signed in here and holds the hub's token.
async function signIn() {
  clearTimeout(waiting);
  try {
    const answer = await fetch('/ticket', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ access }) });
    const { ticket, detail } = await answer.json().catch(() => ({}));
    if (answer.ok) return await ask('init-session', { ticket });
    log('no ticket', { status: answer.status, detail });
    // What it refuses for good stays refused.
    if (answer.status >= 500 || answer.status === 429) again();
  } catch {
    log('no ticket', { detail: 'The server of this page does not answer.' });
    again();
  }
}

// The frame asks for a ticket, or the server had none: later each time, at once after a while of peace.
function again() {
  clearTimeout(waiting);
  if (performance.now() - last > STEADY_MS) tries = 0;
  last = performance.now();
  waiting = setTimeout(signIn, 1000 * WAITS[Math.min(tries++, WAITS.length - 1)]);
}

async function ask(type, data = {}) {
  try {
    answered(type, await bridge.ask(type, data));
  } catch (error) {
    answered(type, { code: error.code ?? 'none', message: error.message });
  }
}

function answered(type, { picture, ...data }) {
  find('picture').hidden = !picture;
  if (picture) find('picture').src = picture;
  find('answer').dataset.of = type;
  find('answer').textContent = JSON.stringify(data, null, 2);
}

function show({ state, access: granted, connection, detail }) {
  find('state').textContent = state;
  find('detail').textContent = detail ?? [granted, connection].filter(Boolean).join(', ');
}

function log(name, data) {
  const line = document.createElement('li');
  line.dataset.event = name;
  line.textContent = `${name} ${JSON.stringify(data)}`;
  find('events').append(line);
  if (find('events').childElementCount > MOST_EVENTS) find('events').firstElementChild.remove();
}
