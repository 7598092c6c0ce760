// Why no connection comes about. A proxy answers for a hub that is away, with the statuses of a hub: only what the hub says in its own codes counts.

const ENDS = { unauthenticated: 'signed-out', denied: 'denied', not_found: 'denied' };

/** @param {{status?: number, code?: string}} problem @returns {'signed-out'|'denied'|null} Null: try again. */
export const endOf = (problem) => (problem?.status >= 400 && Object.hasOwn(ENDS, problem.code) ? ENDS[problem.code] : null);
