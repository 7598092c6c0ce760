import { Refusal } from './bridge.js';
import { pageOf } from './records.js';

const MOST_LINES = 200;
const MOST_TEXT = 500;

/**
 * The one session of a frame: signed in by a ticket, followed over its stream, told to the parent and to the page.
 *
 * What happens is handed in as `heard(type, frame)`, in the words of the stream's own envelopes.
 */
export class EmbedSession {
  #key = null;
  #stop = null;
  #told = '';
  #operator = '';
  #began = false;
  #over = false; // and the end was told: a state may say so before, without its reason
  #lines = [];
  #counts = { frames: 0, bytes: 0, gaps: 0, reconnects: 0, sign_ins: 0 };
  #reading = false;
  #needs = 'start';
  #expiry = null;

  /**
   * @param {object} place
   * @param {string} place.id
   * @param {object} place.api signIn(ticket), find(token), lines(token), end(token): see hub.js.
   * @param {(key: object, session: EmbedSession) => () => void} place.follow Opens the stream; what it returns closes it.
   * @param {(type: string, data: object) => void} place.tell To the parent.
   * @param {(view: object) => void} place.show To the page.
   * @param {{text: () => string[], picture: () => string|null, size: () => object}} place.screen
   * @param {(run: () => void, milliseconds: number) => () => void} place.later
   * @param {() => number} place.now As Date.now().
   */
  constructor(place) {
    this.place = place;
    this.view = { state: 'signed_out', end_reason: null, exit_code: null, access: null, connection: 'none', controller: null, yours: false, wish: null, viewers: 0, expires_at: null, latency_ms: null };
  }

  /** With a ticket that the parent's server fetched. Goes on where the terminal stood. */
  async begin(ticket) {
    const needed = this.#needs;
    this.#needs = null;
    let key;
    try {
      key = await told(() => this.place.api.signIn(ticket));
      if (key.session_id !== this.place.id) throw new Refusal('other_session', 'The ticket is for another session than this frame.');
    } catch (error) {
      // Another ticket may have been taken meanwhile.
      if (!this.#key) this.#needs ??= needed;
      throw error;
    }
    this.#leave();
    this.#key = key;
    this.#counts.sign_ins += 1;
    this.#change({ access: key.access, expires_at: key.expires_at, state: this.view.state === 'signed_out' ? 'connecting' : this.view.state });
    // In seconds from now: this machine's clock may be hours away from the hub's.
    if (key.expires_in > 0) this.#expiry = this.place.later(() => this.lose('expired'), key.expires_in * 1000);
    this.#stop = this.place.follow(key, this);
    return { session_id: key.session_id, access: key.access, expires_at: key.expires_at };
  }

  /** The ticket that the frame came with was not taken. */
  refused() {
    this.#needs = null;
    this.lose('refused');
  }

  /** The parent is there: it is told how things stand. */
  greet() {
    if (this.#began) this.place.tell('session-started', this.#short());
    if (this.#began && this.#over) this.place.tell('session-ended', this.#end());
    if (this.#needs) this.place.tell('ticket-needed', { reason: this.#needs });
  }

  /** There is no key, or it is not good any more: the parent is asked for a fresh ticket. */
  lose(reason) {
    if (this.#needs) return;
    this.#needs = reason;
    this.#leave();
    this.#change({ connection: 'none', access: null, expires_at: null, yours: false });
    this.#note('key', reason);
    this.place.tell('ticket-needed', { reason });
  }

  async end() {
    if (this.#signedIn().access !== 'control') throw new Refusal('view_only', 'The ticket was for viewing. Fetch one with "access": "control".');
    await this.#asked(() => this.place.api.end(this.#key.token));
    return { ending: true };
  }

  async status() {
    const key = this.#signedIn();
    const session = await this.#asked(() => this.place.api.find(key.token));
    const known = (names) => Object.fromEntries(names.map((name) => [name, session[name] ?? null]));
    return { session: known(['id', 'workspace_id', 'mode', 'state', 'end_reason', 'queue_position', 'created_at', 'started_at', 'expires_at', 'idle_at', 'ended_at']), frame: { ...this.view, size: this.place.screen.size() } };
  }

  async transcript(after, limit) {
    const key = this.#signedIn();
    if (this.#reading) throw new Refusal('busy', 'The transcript is being read. Wait for the answer.');
    this.#reading = true;
    try {
      return await this.#asked(() => pageOf(this.place.api.lines(key.token, after), after, limit));
    } finally {
      this.#reading = false;
    }
  }

  lines(limit) {
    this.#signedIn();
    return this.#lines.slice(-limit);
  }

  screenshot(format) {
    this.#signedIn();
    const text = this.place.screen.text();
    if (format === 'text') return { format, ...this.place.screen.size(), lines: text };
    const picture = this.place.screen.picture();
    if (picture === null) throw new Refusal('too_large', 'The terminal is too large for a picture. Ask for the format "text".');
    return { format, ...this.place.screen.size(), picture };
  }

  async metrics() {
    this.#signedIn();
    return { ...this.#counts, latency_ms: this.view.latency_ms, connection: this.view.connection, ...(this.stream ? { session: this.stream } : {}), ignored: { ...this.place.ignored() } };
  }

  /** One envelope of the stream, or of its client (`connection`). */
  heard(type, frame) {
    switch (type) {
      case 'hello':
        this.#change({ state: frame.session?.state ?? this.view.state, ...operatorOf(frame) });
        if (!this.#began) this.place.tell('session-started', this.#short());
        this.#began = true;
        break;
      case 'out':
        this.#counts.frames += 1;
        this.#counts.bytes += frame.bytes ?? 0;
        break;
      case 'state':
        if (typeof frame.state === 'string' && frame.state !== this.view.state) this.#note('state', frame.state);
        if (frame.notice) this.#note('system', typeof frame.notice === 'string' ? frame.notice : (frame.notice.text ?? frame.notice.code));
        this.#change({ ...(typeof frame.state === 'string' ? { state: frame.state } : {}), ...operatorOf(frame) });
        break;
      case 'metrics':
        this.stream = Object.fromEntries(Object.entries(frame).filter(([name, value]) => !['v', 't'].includes(name) && typeof value === 'number'));
        break;
      case 'latency':
        this.view.latency_ms = frame.ms;
        break;
      case 'gap':
        this.#counts.gaps += 1;
        this.#note('gap', `${frame.from}-${frame.to}`);
        break;
      case 'unsent':
        this.#note(type, frame.why);
        break;
      case 'error':
        this.#note(type, frame.text ?? frame.message ?? frame.code);
        this.place.tell('error', { code: String(frame.code ?? 'failed'), message: String(frame.message ?? '').slice(0, MOST_TEXT) });
        break;
      case 'connection':
        if (frame.state === 'connecting' && this.#began) this.#counts.reconnects += 1;
        this.#change({ connection: frame.state });
        break;
      case 'ended':
        this.#ended(frame);
        break;
      default:
        break;
    }
  }

  #ended(frame) {
    const known = this.#over;
    this.#over = true;
    this.#note('ended', frame.reason ?? 'ended');
    this.#change({ state: 'ended', end_reason: frame.reason ?? null, exit_code: frame.exit_code ?? null, yours: false });
    if (!known) this.place.tell('session-ended', this.#end());
  }

  #change(more) {
    Object.assign(this.view, more);
    this.place.show(this.view);
    const told = JSON.stringify(this.#short());
    if (this.#began && told !== this.#told) this.place.tell('session-update', this.#short());
    this.#told = told;
    const operator = JSON.stringify(this.#who());
    if (this.#began && operator !== this.#operator) this.place.tell('operator-updated', this.#who());
    this.#operator = operator;
  }

  #short() {
    const { state, end_reason, access, connection, expires_at } = this.view;
    return { session_id: this.place.id, state, end_reason, access, connection, expires_at };
  }

  #end() {
    return { reason: this.view.end_reason, exit_code: this.view.exit_code };
  }

  #who() {
    const { controller, yours, viewers } = this.view;
    return { controller, yours, viewers };
  }

  #note(kind, text) {
    this.#lines.push({ at: new Date(this.place.now()).toISOString(), kind, text: String(text ?? '').slice(0, MOST_TEXT) });
    if (this.#lines.length > MOST_LINES) this.#lines.shift();
  }

  #signedIn() {
    return this.#key ?? refuse('no_session', 'The frame is not signed in. Send init-session with a fresh ticket.');
  }

  async #asked(run) {
    const key = this.#key;
    try {
      return await run();
    } catch (error) {
      if (error?.status === 401 && this.#key === key) {
        this.lose('expired');
        throw new Refusal('ticket_needed', 'The key of this frame is not good any more. Send init-session with a fresh ticket.');
      }
      throw forParent(error);
    }
  }

  #leave() {
    this.#stop?.();
    this.#expiry?.();
    this.#stop = this.#expiry = this.#key = null;
  }
}

// Names go to the parent, ids of accounts do not.
function operatorOf({ controller = null, controller_name = null, you_control = false, viewers = null, wish = null }) {
  const list = Array.isArray(viewers) ? viewers : [];
  const name = controller === null ? null : (controller_name ?? list.find((viewer) => viewer?.account_id === controller)?.name ?? null);
  return { controller: typeof name === 'string' ? name : null, yours: you_control === true, viewers: list.length, wish: typeof wish?.name === 'string' ? wish.name : null };
}

async function told(run) {
  try {
    return await run();
  } catch (error) {
    throw forParent(error);
  }
}

// What the hub refuses has a code and a sentence; anything else stays here.
const forParent = (error) => (error?.status >= 400 && error.status < 500 ? new Refusal(error.code ?? 'refused', error.message) : error);

function refuse(code, message) {
  throw new Refusal(code, message);
}
