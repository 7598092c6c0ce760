import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Notices } from './notify.js';
import { connectionWords, controlWords, refusedWords, watchingWords } from './strip.js';
import { waitOf } from './wait.js';
import { openSeen, safe } from './links.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const state = (more) => ({ at_work: true, state: 'running', may_control: true, viewers: [{ account_id: 'me', name: 'Mara L' }, { account_id: 'j', name: 'Jonas Weber' }, { account_id: 'j', name: 'Jonas Weber' }], ...more });

test('the control strip says who types and offers what one may do', () => {
  assert.equal(controlWords(state({ at_work: false }), 'me', NOW), null);
  assert.deepEqual(controlWords(state({ controller: null }), 'me', NOW).buttons, ['take']);
  const mine = controlWords(state({ you_control: true, controller: 'me' }), 'me', NOW);
  assert.deepEqual([mine.who, mine.more, mine.buttons], ['You are in control.', 'Jonas watches.', ['give']]);
  const his = controlWords(state({ controller: 'j', controller_name: 'Jonas Weber' }), 'me', NOW);
  assert.deepEqual([his.who, his.buttons], ['Jonas Weber is typing, you are watching.', ['take']]);
  const wish = { account_id: 'me', name: 'Mara L', until: '2026-01-01T00:00:08Z' };
  assert.equal(controlWords(state({ controller: 'j', controller_name: 'Jonas Weber', wish }), 'me', NOW).more, 'Jonas has 8 s to object.');
  const asked = controlWords(state({ you_control: true, wish: { ...wish, account_id: 'j', name: 'Jonas Weber' } }), 'me', NOW);
  assert.deepEqual([asked.who, asked.more, asked.buttons], ['Jonas Weber asks for control.', 'It goes over in 8 s unless you object.', ['object', 'give']]);
  assert.deepEqual(controlWords(state({ controller: 'j', may_control: false }), 'me', NOW).buttons, []);
  assert.equal(watchingWords(state().viewers, 'me'), 'You, Jonas');
});

test('a lost connection says what is shown', () => {
  assert.equal(connectionWords({ state: 'live' }, { state: state() }), null);
  assert.match(connectionWords({ state: 'waiting' }, { online: false, recordedTo: '2026-01-01T14:06:01' }).text, /^Offline\. Showing the record up to 14:06:01\.$/);
  assert.match(connectionWords({ state: 'waiting' }, { online: true }).text, /It comes back by itself\.$/);
  assert.equal(connectionWords({ state: 'live' }, { state: state({ at_work: false, state: 'queued', queue_position: 2 }) }).text, 'In the queue, position 2. The terminal begins when a slot is free.');
});

test('an ended session says how it ended', () => {
  const ended = (more) => connectionWords({ state: 'ended' }, { state: more }).text;
  assert.equal(ended({ end_reason: 'completed', exit_code: 3 }), 'The session has ended. This is its record. The program ended with code 3.');
  assert.equal(ended({ end_reason: 'panic', exit_code: 137 }), 'The session has ended. This is its record. A panic stop ended it.');
  assert.equal(ended(null), 'The session has ended. This is its record.');
});

test('waits have jitter and a limit', () => {
  assert.deepEqual([1, 2, 6, 50].map((attempt) => waitOf(attempt, () => 1)), [250, 500, 8000, 8000]);
  assert.equal(waitOf(1, () => 0), 125);
});

test('only what changed while it was watched is notified', () => {
  const told = [];
  const notices = new Notices('s', 'sandbox', (title) => told.push(title));
  for (const at of ['starting', 'running', 'ended', 'ended']) notices.hear({ state: at });
  assert.deepEqual(told, ['The session has ended']);
});

test('a refusal says what was cut', () => {
  assert.equal(refusedWords({ message: 'Wait.' }), 'Wait.');
  assert.equal(refusedWords({ code: 'busy', cut: 1500 }), 'busy What was sent is cut off: its last 1,500 bytes were not typed.');
});

test('a link whose text may be another address is opened by a finger once that is seen', () => {
  const [seen, visited] = [[], []];
  const tap = openSeen((address) => seen.push(address), { canPoint: () => false, visit: (_, text) => visited.push(text) });
  tap(null, 'https://a.example/');
  assert.deepEqual([seen, visited], [['https://a.example/'], []]);
  tap(null, 'https://b.example/');
  tap(null, 'https://b.example/');
  tap(null, 'javascript:alert(1)');
  tap(null, 'javascript:alert(1)');
  assert.deepEqual(visited, ['https://b.example/']);
  const click = openSeen(() => {}, { canPoint: () => true, visit: (_, text) => visited.push(text) });
  click(null, 'https://c.example/');
  assert.equal(visited.at(-1), 'https://c.example/');
});

test('only links of a few kinds are opened', () => {
  assert.deepEqual(['https://a.example/', 'javascript:alert(1)', 'file:///etc/passwd', 'mailto:a@b.example', 'x'].map((text) => safe(text) !== null), [true, false, false, true, false]);
});
