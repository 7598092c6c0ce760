import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { Notices, isOn, toggle } from './notify.js';

const storage = () => ({ all: {}, getItem(name) { return this.all[name] ?? null; }, setItem(name, value) { this.all[name] = value; } });

beforeEach(() => {
  globalThis.localStorage = storage();
  globalThis.Notification = Object.assign(function no() { throw new TypeError('workers only'); }, { permission: 'granted', requestPermission: async () => 'granted' });
});
afterEach(() => { delete globalThis.Notification; });

test('what was switched on can be switched off, and stays so', async () => {
  assert.equal(await toggle('s', async () => true), 'off');
  assert.equal(isOn(), false);
  assert.equal(await toggle('s', async () => true), 'on');
  assert.equal(isOn(), true);
});

test('a browser that shows none is not said to be on', async () => {
  await toggle('s');
  assert.equal(await toggle('s'), 'missing');
  assert.equal(isOn(), false);
});

test('more approvals than before are told of, fewer are not', () => {
  const told = [];
  const notices = new Notices('s', 'Aurora', 1, (...words) => told.push(words));
  notices.waits(1);
  notices.waits(0);
  notices.waits(2);
  notices.waits(3);
  notices.waits(2);
  assert.deepEqual(told, [['An approval waits', '2 wait for you.', 'approvals'], ['An approval waits', '3 wait for you.', 'approvals']]);
});
