import { ControlChatFrame } from './console.js';

const EVENTS = ['welcome', 'bridge-initialized', 'session-started', 'session-update', 'session-ended', 'operator-updated', 'ticket-needed'];
const MOST_EVENTS = 100;

const find = (what) => document.querySelector(`[data-${what}]`);
const bridge = new ControlChatFrame(document.querySelector('iframe'), document.body.dataset.hub);
let access = 'view';

for (const name of EVENTS) bridge.addEventListener(name, (event) => log(name, event.detail));
for (const name of ['session-started', 'session-update']) bridge.addEventListener(name, (event) => show(event.detail));
bridge.addEventListener('session-ended', ({ detail }) => show({ state: 'ended', detail: detail.reason }));
bridge.addEventListener('ticket-needed', () => signIn());
bridge.addEventListener('welcome', () => (find('commands').dataset.ready = ''));

for (const button of document.querySelectorAll('[data-ticket]')) button.addEventListener('click', () => signIn((access = button.dataset.ticket)));
for (const button of document.querySelectorAll('[data-ask]')) button.addEventListener('click', () => ask(button.dataset.ask));

// The page asks its own server, which knows who is signed in here and holds the hub's token.
async function signIn() {
  const answer = await fetch('/ticket', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ access }) });
  const { ticket, detail } = await answer.json();
  if (answer.ok) await ask('init-session', { ticket });
  else log('no ticket', { status: answer.status, detail });
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
