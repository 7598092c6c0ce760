// The one way of the console's and the embedded page's scripts to the hub. No other module opens a request or a socket; a test sees to it.
import { texts } from './texts.js';

const TIMEOUT_MS = 15_000;
const PROTOCOL = 'controlchat.v1';

/** What the hub refused, in its own code and words; without a status: it could not be reached. */
export class Problem extends Error {
  constructor(message, { status = 0, code = 'unreachable', retryAfter = null } = {}) {
    super(message);
    Object.assign(this, { status, code, retryAfter });
  }
}

const unreachable = (error) => new Problem(error?.name === 'TimeoutError' ? texts.noAnswerInTime : texts.unreachable, { code: error?.name === 'TimeoutError' ? 'timeout' : 'unreachable' });

const refused = async (answer) => {
  const problem = /json/.test(answer.headers.get('Content-Type') ?? '') ? await answer.json().catch(() => null) : null;
  return new Problem(problem?.detail ?? problem?.title ?? texts.answered(answer.status), {
    status: answer.status,
    code: problem?.code ?? 'failed',
    retryAfter: Number(answer.headers.get('Retry-After')) || null,
  });
};

/**
 * @param {object} [by]
 * @param {() => string|null} [by.bearer] An embedded page's key, asked for with each call. Without it the cookie signs in, and what changes things carries the session's token.
 * @param {string} [by.base] The address of the hub, with its slash.
 */
export const proxyToApi = ({ bearer = null, base = document.baseURI, fetch = globalThis.fetch.bind(globalThis), Socket = globalThis.WebSocket } = {}) => {
  let csrf = null;

  const send = async (path, { method, body, timeout, accept, signal, token }) => {
    const headers = { Accept: accept };
    const key = bearer?.();
    if (key) headers.Authorization = `Bearer ${key}`;
    if (token) headers['X-CSRF-Token'] = token;
    if (body !== undefined) headers['Content-Type'] = 'application/json';
    const limit = AbortSignal.timeout(timeout);
    try {
      return await fetch(new URL(path, base), {
        method,
        headers,
        body: body === undefined ? undefined : JSON.stringify(body),
        cache: 'no-store',
        redirect: 'error',
        credentials: bearer ? 'omit' : 'same-origin',
        signal: signal ? AbortSignal.any([signal, limit]) : limit,
      });
    } catch (error) {
      if (signal?.aborted) throw error;
      throw unreachable(error);
    }
  };

  const formToken = async () => {
    csrf ??= (await json('api/v1/me')).csrf_token;
    return csrf;
  };

  const call = async (path, { method = 'GET', body, timeout = TIMEOUT_MS, accept = 'application/json', signal } = {}) => {
    const changes = method !== 'GET' && !bearer;
    const answer = await send(path, { method, body, timeout, accept, signal, token: changes ? await formToken() : null });
    if (answer.ok) return answer;
    const problem = await refused(answer);
    // The person signed in anew beside this page.
    if (!changes || problem.code !== 'csrf') throw problem;
    csrf = null;
    const again = await send(path, { method, body, timeout, accept, signal, token: await formToken() });
    if (!again.ok) throw await refused(again);
    return again;
  };

  /** @returns {Promise<any>} Null where the hub answers without a body. */
  const json = async (path, options) => {
    const answer = await call(path, options);
    const text = await answer.text();
    return text ? JSON.parse(text) : null;
  };

  /** Lines of a stream of text, as they come. */
  async function* lines(path, { timeout = 120_000, signal } = {}) {
    const answer = await call(path, { accept: 'application/x-ndjson', timeout, signal });
    const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = '';
    try {
      for (let part = await reader.read(); !part.done; part = await reader.read()) {
        const pieces = (rest + part.value).split('\n');
        rest = pieces.pop();
        for (const piece of pieces) if (piece) yield piece;
      }
    } finally {
      await reader.cancel().catch(() => {});
    }
    if (rest) yield rest;
  }

  /** A terminal's socket, behind a sequence. With a key it asks for a ticket first: a socket carries no header. */
  const terminal = async (session, cursor, { control = true } = {}) => {
    const id = encodeURIComponent(session);
    const ticket = bearer ? (await json(`api/v1/sessions/${id}/ticket`, { method: 'POST', body: { access: control ? 'control' : 'view' } })).ticket : null;
    const address = new URL(`api/v1/sessions/${id}/stream`, base);
    address.protocol = address.protocol === 'https:' ? 'wss:' : 'ws:';
    address.searchParams.set('cursor', String(cursor));
    if (ticket) address.searchParams.set('ticket', ticket);
    return new Socket(address, PROTOCOL);
  };

  return { call, json, lines, terminal };
};
