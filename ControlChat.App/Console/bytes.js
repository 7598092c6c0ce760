// Base64 as the stream's frames carry it, and what is typed as bytes.

const encoder = new TextEncoder();

export const toBase64 = (bytes) => {
  let text = '';
  for (let at = 0; at < bytes.length; at += 0x2000) text += String.fromCharCode(...bytes.subarray(at, at + 0x2000));
  return btoa(text);
};

export const fromBase64 = (text) => {
  if (Uint8Array.fromBase64) return Uint8Array.fromBase64(text);
  const letters = atob(text);
  const bytes = new Uint8Array(letters.length);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = letters.charCodeAt(at);
  return bytes;
};

/** Text, or what the emulator calls binary: one byte a character. */
export const typed = (text, binary = false) => (binary ? Uint8Array.from(text, (letter) => letter.charCodeAt(0) & 0xff) : encoder.encode(text));

export const pieces = (bytes, most) => {
  const all = [];
  for (let at = 0; at < bytes.length; at += most) all.push(bytes.subarray(at, at + most));
  return all;
};
