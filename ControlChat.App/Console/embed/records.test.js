import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE, pageOf, plain } from './records.js';

const line = (seq, type, data) => JSON.stringify({ len: 1, crc: '00000000', rec: { seq, at: '2026-01-01T00:00:00Z', type, data } });
const out = (seq, text) => line(seq, 'out', { data: Buffer.from(text).toString('base64') });

async function* each(lines) {
  for (const one of lines) yield one;
}

test('a page has the records behind a sequence, and says whether there are more', async () => {
  const lines = [out(1, 'one\r\n'), line(2, 'resize', { cols: 80, rows: 24 }), out(3, '\x1b[31mthree\x1b[0m'), line(4, 'system', { text: 'A note.', code: 'x' }), out(5, 'five')];
  const page = await pageOf(each(lines), 1, 3);
  assert.deepEqual(page.records.map((r) => [r.seq, r.type, r.text]), [[2, 'resize', '{"cols":80,"rows":24}'], [3, 'out', 'three'], [4, 'system', 'A note.']]);
  assert.deepEqual([page.first_seq, page.last_seq, page.more], [2, 4, true]);
  const rest = await pageOf(each(lines), 4, 3);
  assert.deepEqual([rest.records.length, rest.last_seq, rest.more], [1, 5, false]);
  assert.deepEqual((await pageOf(each(lines), 5, 3)).records, []);
});

test('a letter that is cut between two records is put together', async () => {
  const bytes = Buffer.from('für');
  const page = await pageOf(each([line(1, 'out', { data: bytes.subarray(0, 2).toString('base64') }), line(2, 'out', { data: bytes.subarray(2).toString('base64') })]), 0, 10);
  assert.equal(page.records.map((r) => r.text).join(''), 'für');
  assert.equal(page.bytes, bytes.length);
});

test('a page is bounded, and is not read further than it goes', async () => {
  let given = 0;
  const endless = (async function* () {
    while (true) yield out(++given, 'x'.repeat(20_000));
  })();
  const page = await pageOf(endless, 0, 200);
  assert.ok(page.more && page.records.length === Math.ceil(PAGE / 20_000));
  assert.equal(given, page.records.length + 1);
});

test('what is no record is left out', async () => {
  const page = await pageOf(each(['', '{', 'null', '{"rec":7}', '{"rec":{"seq":"1","type":"out"}}', out(2, 'kept'), line(3, 'out', { data: '%%%' }), line(4, 'state', null)]), 0, 10);
  assert.deepEqual(page.records.map((r) => r.text), ['kept', '', 'null']);
});

test('colours, titles and the moves of the cursor leave no trace in text', () => {
  assert.equal(plain('\x1b]0;title\x07a\x1b[2J\x1b[1;1Hb\x1b(Bc\x1b]8;;http://x\x1b\\d\x1b=\x08\r\ne\tf'), 'abcd\ne\tf');
});
