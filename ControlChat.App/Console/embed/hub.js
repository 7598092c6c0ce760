import { proxyToApi } from '../proxyToApi.js';

/** What the frame asks the hub for, each time with the key it has: cookies are never sent, whoever is signed in to the hub in this browser. */
export function hubOf(id, options = {}) {
  const by = (token) => proxyToApi({ base: `${location.origin}/`, ...options, bearer: () => token });
  const session = `api/v1/sessions/${encodeURIComponent(id)}`;
  return {
    signIn: (ticket) => by(null).json('embed/api/sign-in', { method: 'POST', body: { ticket } }),
    find: (token) => by(token).json(session),
    end: (token) => by(token).json(session, { method: 'DELETE' }),
    lines: (token, after = 0) => by(token).lines(`${session}/transcript?format=ndjson${after > 0 ? `&after=${after}` : ''}`),
    open: (token, cursor, control) => by(token).terminal(id, cursor, { control }),
  };
}
