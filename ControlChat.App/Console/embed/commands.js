import { Refusal } from './bridge.js';

const TICKET = /^[A-Za-z0-9._~-]{1,512}$/;
const MOST_LINES = 200;

/**
 * What a parent may ask for, what it needs for that, and what it may say with it.
 * @param {object} session See session.js.
 */
export const commandsOf = (session) => ({
  'ping': command('status', {}, async () => ({ at: new Date().toISOString() })),
  'init-session': command('status', { ticket: (value) => typeof value === 'string' && TICKET.test(value) }, ({ ticket }) => session.begin(ticket), ['ticket']),
  'end-session': command('control', {}, () => session.end()),
  'request-status': command('status', {}, () => session.status()),
  'request-transcript': command('transcript', { after: isCount, limit: isLines }, ({ after = 0, limit = 100 }) => session.transcript(after, limit)),
  'request-logs': command('logs', { limit: isLines }, async ({ limit = 50 }) => ({ lines: session.lines(limit) })),
  'request-screenshot': command('screenshot', { format: (value) => value === 'png' || value === 'text' }, async ({ format = 'png' }) => session.screenshot(format)),
  'request-metrics': command('metrics', {}, () => session.metrics()),
});

function command(needs, fields, run, required = []) {
  return {
    needs,
    run: async (data) => {
      const asked = {};
      for (const [name, value] of Object.entries(data)) {
        if (!Object.hasOwn(fields, name)) throw new Refusal('bad_request', `The command has no field '${name.slice(0, 40)}'.`);
        if (value === undefined) continue;
        if (!fields[name](value)) throw new Refusal('bad_request', `'${name}' is not legal.`);
        asked[name] = value;
      }
      const missing = required.find((name) => asked[name] === undefined);
      if (missing) throw new Refusal('bad_request', `'${missing}' is missing.`);
      return run(asked);
    },
  };
}

function isCount(value) {
  return Number.isSafeInteger(value) && value >= 0;
}

function isLines(value) {
  return Number.isSafeInteger(value) && value >= 1 && value <= MOST_LINES;
}
