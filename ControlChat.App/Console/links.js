// Links of what a program printed: never trusted, never opened by themselves.

const ALLOWED = ['http:', 'https:', 'mailto:'];

/** @returns {string|null} The address, where it is one that may be opened. */
export const safe = (text) => {
  try {
    const address = new URL(text);
    return ALLOWED.includes(address.protocol) ? address.href : null;
  } catch {
    return null;
  }
};

export const open = (event, text) => {
  const address = safe(text);
  if (address) window.open(address, '_blank', 'noopener,noreferrer');
};
