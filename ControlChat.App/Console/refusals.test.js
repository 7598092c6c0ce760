import assert from 'node:assert/strict';
import { test } from 'node:test';
import { proxyToApi } from './proxyToApi.js';
import { endOf } from './refusals.js';

const answer = (status, body, type = 'application/problem+json') => proxyToApi({ base: 'http://hub.example/', bearer: () => null, fetch: async () => new Response(body, { status, headers: { 'Content-Type': type } }) }).json('x').catch((problem) => problem);

test('a proxy that answers for a hub ends nothing', async () => {
  for (const status of [401, 403, 404, 502]) {
    assert.equal(endOf(await answer(status, '<h1>no</h1>', 'text/html')), null);
    assert.equal(endOf(await answer(status, '{"title":"no"}')), null);
    assert.equal(endOf(await answer(status, '{', 'application/json')), null);
  }
  assert.equal(endOf(new TypeError('gone')), null);
});

test('what the hub says in its own codes does', async () => {
  const ends = await Promise.all([[401, 'unauthenticated'], [403, 'denied'], [404, 'not_found'], [503, 'unavailable'], [429, 'rate_limited']].map(async ([status, code]) => endOf(await answer(status, JSON.stringify({ code })))));
  assert.deepEqual(ends, ['signed-out', 'denied', 'denied', null, null]);
});
