import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { isOn, toggle } from './notify.js';

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
