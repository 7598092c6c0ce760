// A transcript's lines as a page of text: {"len", "crc", "rec": {seq, at, type, data}}, one a line.

/** Where a page ends: texts of so many characters, plus what the last record adds (at most 64 KiB). */
export const PAGE = 64 * 1024;

// CSI, then OSC/DCS/SOS/PM/APC up to their end, then two-character and lone controls: ECMA-48.
// eslint-disable-next-line no-control-regex
const ESCAPES = /\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[ -/]*[0-~]|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]/g;

/**
 * @param {AsyncIterable<string>} lines
 * @param {number} after Records up to this sequence are left out.
 * @param {number} limit Records on the page.
 */
export async function pageOf(lines, after, limit) {
  const decoder = new TextDecoder();
  const page = { records: [], first_seq: null, last_seq: after, bytes: 0, more: false };
  let size = 0;
  for await (const line of lines) {
    const record = recordOf(line);
    if (!record || record.seq <= after) continue;
    if (page.records.length >= limit || size >= PAGE) return { ...page, more: true };
    const told = tell(record, decoder);
    size += told.text.length;
    page.bytes += told.bytes;
    page.first_seq ??= record.seq;
    page.last_seq = record.seq;
    page.records.push({ seq: record.seq, at: record.at, type: record.type, text: told.text });
  }
  return page;
}

/** @returns {{seq: number, at: string, type: string, data: object}|null} */
export function recordOf(line) {
  if (line === '') return null;
  try {
    const { rec } = JSON.parse(line);
    return Number.isSafeInteger(rec?.seq) && typeof rec.type === 'string' ? rec : null;
  } catch {
    return null;
  }
}

/** What was printed, without what moves the cursor or colours it. */
export const plain = (text) => text.replace(ESCAPES, '').replace(/\r\n/g, '\n');

function tell({ type, data }, decoder) {
  if (type !== 'out') return { text: typeof data?.text === 'string' ? data.text : JSON.stringify(data ?? null).slice(0, PAGE), bytes: 0 };
  try {
    const bytes = Uint8Array.from(atob(data.data), (letter) => letter.charCodeAt(0));
    return { text: plain(decoder.decode(bytes, { stream: true })), bytes: bytes.length };
  } catch {
    return { text: '', bytes: 0 };
  }
}
