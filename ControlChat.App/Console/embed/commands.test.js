import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commandsOf } from './commands.js';

function spy() {
  const asked = [];
  const note = (name) => async (...given) => (asked.push([name, ...given]), {});
  const session = { lines: (limit) => (asked.push(['lines', limit]), ['a line']) };
  for (const name of ['begin', 'end', 'status', 'transcript', 'screenshot', 'metrics']) session[name] = note(name);
  return { asked, commands: commandsOf(session) };
}

test('each command needs the capability of its own', () => {
  const needs = Object.fromEntries(Object.entries(spy().commands).map(([name, { needs: need }]) => [name, need]));
  assert.deepEqual(needs, {
    'ping': 'status', 'init-session': 'status', 'end-session': 'control', 'request-status': 'status', 'request-transcript': 'transcript',
    'request-logs': 'logs', 'request-screenshot': 'screenshot', 'request-metrics': 'metrics',
  });
});

test('fields have their forms and their usual values', async () => {
  const { asked, commands } = spy();
  await commands['init-session'].run({ ticket: 'cce-Ticket_1' });
  await commands['request-transcript'].run({});
  await commands['request-transcript'].run({ after: 12, limit: 3 });
  await commands['request-screenshot'].run({ format: 'text' });
  assert.deepEqual(await commands['request-logs'].run({ limit: 1 }), { lines: ['a line'] });
  assert.deepEqual(asked, [['begin', 'cce-Ticket_1'], ['transcript', 0, 100], ['transcript', 12, 3], ['screenshot', 'text'], ['lines', 1]]);
});

test('what is not legal is refused and reaches nothing', async () => {
  const { asked, commands } = spy();
  const wrong = [
    ['init-session', {}], ['init-session', { ticket: '' }], ['init-session', { ticket: 7 }], ['init-session', { ticket: 'a b' }], ['init-session', { ticket: 'x'.repeat(600) }],
    ['request-transcript', { after: -1 }], ['request-transcript', { after: '1' }], ['request-transcript', { limit: 0 }], ['request-transcript', { limit: 201 }], ['request-logs', { limit: 1e9 }],
    ['request-screenshot', { format: 'svg' }], ['ping', { more: 1 }], ['end-session', { force: true }], ['request-status', JSON.parse('{"__proto__":1}')],
  ];
  for (const [name, data] of wrong) await assert.rejects(commands[name].run(data), { code: 'bad_request' }, `${name} ${JSON.stringify(data)}`);
  assert.deepEqual(asked, []);
});
