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

/**
 * Of links whose text need not be their address: who cannot point at them sees the address at the first tap, and opens it by the second.
 * @param {(address: string|null) => void} shown
 */
export const openSeen = (shown, { canPoint = () => matchMedia('(hover: hover)').matches, visit = open } = {}) => {
  let seen = null;
  return (event, text) => {
    const address = safe(text);
    if (canPoint() || (address !== null && seen === address)) {
      visit(event, text);
      seen = null;
    } else {
      seen = address;
    }
    if (!canPoint()) shown(seen);
  };
};

export const open = (event, text) => {
  const address = safe(text);
  if (address) window.open(address, '_blank', 'noopener,noreferrer');
};
