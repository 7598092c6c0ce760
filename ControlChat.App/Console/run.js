// Which worker's frames are shown. One that was killed had told frames that are in no record; the next one counts on from the record.

/**
 * @param {{n: number, after: number|null}|null} before The worker whose frames are shown.
 * @param {{n: number, after: number|null}} run The one that tells now; `after`: what it found on record.
 * @param {number} last The sequence that is shown.
 * @returns {boolean} Whether what is shown is of its record. Else all of it begins again.
 */
export const goesOn = (before, run, last) =>
  before === null || last === 0 || run.n === before.n || (run.n === before.n + 1 && run.after !== null && last <= run.after);
