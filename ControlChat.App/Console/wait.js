// How long until the next attempt: doubling, with jitter, so that a thousand windows do not come back in the same instant.

export const FIRST_MS = 250;
export const MOST_MS = 8_000;

/** @param attempt From 1. @param random As Math.random. @returns {number} Milliseconds, between half of the step and all of it. */
export const waitOf = (attempt, random = Math.random) => {
  const step = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  return Math.round(step * (0.5 + random() / 2));
};
