import { make, read } from './envelope.js';
import { Pace } from './pace.js';

export const PER_SECOND = 50;
const AT_WORK = 8;

/** What a command may be refused for; its message is for the parent's developers. */
export class Refusal extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * The frame's side of the talk with the page around it.
 *
 * The frame says `ready` with a nonce it made, to the exact origins of the operator's list and to no other. Who answers `hello` with that nonce,
 * being the parent window and of a listed origin, is the one peer from then on. Each later message must come from that window, at that origin,
 * with that nonce, in the right form, with an id higher than the one before. What does not is dropped without a word, and counted.
 */
export class Bridge {
  #peer = null;
  #highest = 0;
  #working = 0;
  #nonce;
  #pace;

  /**
   * @param {object} place
   * @param {{origin: string, may: string[]}[]} place.parents Of the operator's settings.
   * @param {Window} place.window The window around the frame.
   * @param {string[]} place.around Origins that browsers name as being around the frame, the nearest first; empty where they do not say.
   * @param {() => number} place.now Milliseconds that never go back.
   * @param {string} place.nonce At least 128 random bits.
   * @param {Record<string, {needs: string, run: (data: object) => Promise<object>}>} place.commands
   * @param {(peer: {origin: string, may: string[]}) => object} place.met Told once there is a peer; what it returns goes into the welcome.
   */
  constructor(place) {
    this.place = place;
    this.#nonce = place.nonce;
    this.#pace = new Pace(PER_SECOND, place.now);
    this.ignored = { source: 0, origin: 0, rate: 0, size: 0, shape: 0, version: 0, nonce: 0, replay: 0, early: 0 };
  }

  get peer() {
    return this.#peer;
  }

  /** Says that the frame is there. To be said again until somebody answers: the parent may listen later than the frame loads. */
  announce() {
    if (this.#peer) return;
    const nearest = this.place.around[0];
    // Where the browser names the parent, the others need not be tried; it cannot make an origin allowed.
    for (const { origin } of this.place.parents.filter((p) => nearest === undefined || p.origin === nearest))
      this.place.window.postMessage(make('ready', this.#nonce), origin);
  }

  /** Tells the peer something; nothing where there is none yet. */
  emit(type, data = {}) {
    if (this.#peer) this.#post(make(type, this.#nonce, { data }));
  }

  /** @param {MessageEvent} event */
  receive(event) {
    if (event.source === null || event.source !== this.place.window) return this.#drop('source');
    const parent = this.#peer ?? this.place.parents.find((p) => p.origin === event.origin);
    if (!parent || parent.origin !== event.origin) return this.#drop('origin');
    if (!this.#pace.take()) return this.#drop('rate');
    if (event.ports.length > 0) return this.#drop('shape');
    const message = read(event.data);
    if (message.fault) return this.#drop(message.fault);
    if (message.nonce !== this.#nonce) return this.#drop('nonce');
    if (this.#peer) this.#command(message);
    else if (message.type === 'hello') this.#meet(parent);
    else this.#drop('early');
  }

  #meet(parent) {
    this.#peer = parent;
    const told = this.place.met(parent);
    this.#post(make('welcome', this.#nonce, { data: { version: 1, capabilities: parent.may, ...told } }));
    this.emit('bridge-initialized', { capabilities: parent.may });
  }

  #command({ type, id, data }) {
    // Ids only rise: what was sent once is not done twice.
    if (id === undefined || id <= this.#highest) return this.#drop('replay');
    this.#highest = id;
    const command = Object.hasOwn(this.place.commands, type) ? this.place.commands[type] : null;
    if (!command) return this.#refuse(id, new Refusal('unknown_command', `There is no command '${type}'.`));
    if (!this.#peer.may.includes(command.needs))
      return this.#refuse(id, new Refusal('not_allowed', `This parent may not ask for that. The operator allows '${command.needs}' in Embed:Capabilities.`));
    if (this.#working >= AT_WORK) return this.#refuse(id, new Refusal('busy', `${AT_WORK} commands are at work. Wait for an answer.`));
    this.#work(type, id, command, data);
  }

  async #work(type, id, command, data) {
    this.#working += 1;
    try {
      const answer = await command.run(data);
      this.#post(make('answer', this.#nonce, { id, data: { command: type, ...answer } }));
    } catch (error) {
      this.#refuse(id, error);
    } finally {
      this.#working -= 1;
    }
  }

  #refuse(id, error) {
    const { code, message } = error instanceof Refusal ? error : new Refusal('failed', 'The command failed. Try again.');
    this.#post(make('error', this.#nonce, { id, data: { code, message } }));
  }

  #post(message) {
    this.place.window.postMessage(message, this.#peer.origin);
  }

  #drop(why) {
    this.ignored[why] += 1;
  }
}
