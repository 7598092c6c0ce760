// The form of what passes between the frame and the page around it. README, "Embedding", has the table.

export const VERSION = 1;
export const SOURCE = 'controlchat';

/** The most a message of the parent may hold, in UTF-16 units of its texts and names. */
export const MOST = 64 * 1024;

const DEPTH = 8;
const PARTS = 2_000;
const KEYS = new Set(['v', 'source', 'type', 'nonce', 'id', 'data']);
const TYPE = /^[a-z][a-z-]{0,39}$/;

export const make = (type, nonce, more = {}) => ({ v: VERSION, source: SOURCE, type, nonce, ...more });

/**
 * Reads a message that came from the right window.
 * @returns {{fault: 'size'|'shape'|'version'} | {type: string, nonce: string, id: number|undefined, data: object}}
 */
export function read(value) {
  const size = measure(value);
  if (size > MOST) return { fault: 'size' };
  if (size < 0 || !isPlain(value)) return { fault: 'shape' };
  if (Object.keys(value).some((key) => !KEYS.has(key)) || own(value, 'source') !== SOURCE) return { fault: 'shape' };
  if (own(value, 'v') !== VERSION) return { fault: 'version' };
  const [type, nonce, id, data] = ['type', 'nonce', 'id', 'data'].map((key) => own(value, key));
  if (typeof type !== 'string' || !TYPE.test(type) || typeof nonce !== 'string') return { fault: 'shape' };
  if (id !== undefined && !(Number.isSafeInteger(id) && id > 0)) return { fault: 'shape' };
  if (data !== undefined && !isPlain(data)) return { fault: 'shape' };
  return { type, nonce, id, data: data ?? {} };
}

/** A property the object has itself: a name such as "constructor" finds nothing. */
export const own = (value, key) => (Object.hasOwn(value, key) ? value[key] : undefined);

/**
 * How much there is in it, never walking further than what is allowed.
 * @returns {number} Above MOST: too much. -1: something that is not plain data (a Map, a Blob, a cycle, a date).
 */
export function measure(value) {
  let [size, parts] = [0, 0];
  const walk = (part, depth) => {
    if (++parts > PARTS || size > MOST) return ((size = MOST + 1), true);
    if (typeof part === 'string') return ((size += part.length), true);
    if (part === null || part === undefined || typeof part === 'boolean' || typeof part === 'number') return ((size += 8), true);
    if (typeof part !== 'object' || depth === DEPTH || !(Array.isArray(part) || isPlain(part))) return false;
    // An array of a million holes has no keys, and a million elements.
    if (Array.isArray(part) && part.length > PARTS) return ((size = MOST + 1), true);
    for (const key in part) {
      if (!Object.hasOwn(part, key)) continue;
      size += key.length;
      if (!walk(part[key], depth + 1)) return false;
      if (size > MOST) return true;
    }
    return true;
  };
  return walk(value, 0) ? size : -1;
}

function isPlain(value) {
  if (typeof value !== 'object' || value === null) return false;
  const parent = Object.getPrototypeOf(value);
  return parent === Object.prototype || parent === null;
}
