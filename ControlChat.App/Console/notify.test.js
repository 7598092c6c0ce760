import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Notices, canNotify, isOn, toggle } from './notify.js';

let state;
beforeEach(() => {
  state = 'off';
  globalThis.controlchat = { notices: { state: () => state, toggle: async () => (state = 'on'), show: (notice) => shown.push(notice) } };
});
afterEach(() => {
  delete globalThis.controlchat;
  delete globalThis.document;
});
const shown = [];

test('the switch is that of every page', async () => {
  assert.deepEqual([canNotify(), isOn()], [true, false]);
  assert.equal(await toggle(), 'on');
  assert.equal(isOn(), true);
  for (const no of ['refused', 'missing']) {
    state = no;
    assert.deepEqual([canNotify(), isOn()], [false, false]);
  }
  delete globalThis.controlchat;
  assert.deepEqual([canNotify(), isOn()], [false, false]);
});

test('the end of a session is told to who looks elsewhere, by the session\'s tag', () => {
  state = 'on';
  globalThis.document = { hidden: false };
  const notices = new Notices('ags_1', 'Aurora');
  notices.hear({ state: 'running' });
  notices.hear({ state: 'ended', end_reason: 'idle' });
  assert.deepEqual(shown, []);
  globalThis.document = { hidden: true };
  notices.hear({ state: 'running' });
  notices.hear({ state: 'ended', end_reason: 'idle' });
  assert.deepEqual(shown, [{ title: 'The session has ended', body: 'Aurora: idle.', tag: 'ags_1' }]);
});
