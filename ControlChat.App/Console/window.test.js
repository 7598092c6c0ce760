import assert from 'node:assert/strict';
import { beforeEach, test } from 'node:test';
import { keepWindow, resumed } from './window.js';

/** A tab's storage; a duplicate has a copy of it. */
const storage = (from = {}) => ({ all: { ...from }, getItem(name) { return this.all[name] ?? null; }, setItem(name, value) { this.all[name] = String(value); }, removeItem(name) { delete this.all[name]; } });

/** The browser's locks as other tabs have them. */
const locks = (taken) => ({ asked: [], request(name, _, run) { this.asked.push(name); return taken.includes(name) ? Promise.reject(new Error('aborted')) : run(); } });

let count = 0;
const random = () => `tab-${(count += 1)}`;

beforeEach(() => { globalThis.sessionStorage = storage(); });

test('a page that is loaded again is the same window', async () => {
  assert.equal(await resumed('s', { locks: locks([]), random }), null);
  keepWindow('s', 'token');
  assert.equal(await resumed('s', { locks: locks([]), random }), 'token');
});

test('a duplicated tab is another window', async () => {
  globalThis.sessionStorage = storage({ 'cc.tab': 'first', 'cc.window.s': 'token' });
  const own = locks(['cc.tab.first']);
  assert.equal(await resumed('s', { locks: own, random }), null);
  assert.notEqual(globalThis.sessionStorage.getItem('cc.tab'), 'first');
  assert.equal(own.asked.length, 2);
});

test('a token that is none is not kept as a word', () => {
  keepWindow('s', 'token');
  keepWindow('s', null);
  assert.equal(globalThis.sessionStorage.getItem('cc.window.s'), null);
});

test('where there are no locks a tab is what it was', async () => {
  globalThis.sessionStorage = storage({ 'cc.tab': 'first', 'cc.window.s': 'token' });
  assert.equal(await resumed('s', { locks: null, random }), 'token');
});
