// The record of a terminal as it can be downloaded: one line a frame, {"len", "crc", "rec": {"seq", "at", "type", "data"}}.
import { fromBase64 } from './bytes.js';
import { texts } from './texts.js';

export const MOST_BYTES = 128 * 1024 * 1024;

/** @returns {{at: number, type: string, data?: Uint8Array, cols?: number, rows?: number, text?: string}|null} Null: nothing of it is seen on a screen. */
export const recordOf = (line) => {
  let record;
  try {
    const whole = JSON.parse(line);
    record = whole.rec ?? whole;
  } catch {
    return null; // the torn end of a record that is still written
  }
  const at = Date.parse(record.at);
  if (Number.isNaN(at)) return null;
  const { type, data } = record;
  if (type === 'out' && typeof data?.data === 'string') return { at, type, data: fromBase64(data.data) };
  if (type === 'resize' && data?.cols > 0 && data?.rows > 0) return { at, type, cols: Math.min(500, data.cols), rows: Math.min(300, data.rows) };
  if (type === 'gap') return { at, type, text: texts.framesMissing(data?.from, data?.to) };
  if (type === 'ended') return { at, type, text: texts.sessionEnded };
  return null;
};

/** @param {AsyncIterable<string>} lines @param {(count: number) => void} [read] */
export const recordsOf = async (lines, read = () => {}) => {
  const records = [];
  let bytes = 0;
  for await (const line of lines) {
    bytes += line.length;
    if (bytes > MOST_BYTES) break;
    const record = recordOf(line);
    if (record) records.push(record);
    if (records.length % 1000 === 0) read(records.length);
  }
  return records;
};
