// The terminal's page: a stream, a screen, and the parts of the page around them. Blazor draws the page and calls `attach`; what changes with
// the connection is drawn here, because it must be right while there is no circuit.
import { copied, copy } from './clipboard.js';
import { Finder } from './finder.js';
import { KeyBar } from './keybar.js';
import { isReport } from './keys.js';
import { choice, choose } from './memory.js';
import { Notices, canNotify, isOn as hasNotices, toggle as toggleNotices } from './notify.js';
import { Keeper } from './offline/keeper.js';
import { keepOffline } from './offline/register.js';
import { onDo, partsOf } from './parts.js';
import { clean, mayPaste, tooMuch } from './paste.js';
import { Place } from './place.js';
import { proxyToApi } from './proxyToApi.js';
import { endOf } from './refusals.js';
import { canSpeak, hush, speak } from './speech.js';
import { TerminalStream } from './stream.js';
import { connectionWords, controlWords, refusedWords, timeWords, unsentWords, watchingWords } from './strip.js';
import { TerminalScreen } from './terminal.js';
import { forgetWindow, keepWindow, resumed } from './window.js';
import { texts } from './texts.js';

export { replay } from './replay.js';

const SAID_MS = 6_000;
const SECOND = 1_000;

class Console {
  #state = null;
  #connection = { state: 'connecting', attempt: 1 };
  #recordedTo = null;
  #took = false; // control, unasked, once
  #undo = [];
  #saying = null;
  #taken = false; // the last of what was typed
  #gone = false;
  #isUp = false;
  #told = '';

  constructor(root, door, api) {
    Object.assign(this, { root, door, api, parts: partsOf(root), session: root.dataset.session, account: root.dataset.account });
    this.screen = new TerminalScreen(this.parts.part('screen'), {
      typed: (text, binary) => this.type(binary ? text : this.bar.withHeld(text), binary),
      resized: (cols, rows) => this.stream.resize(cols, rows),
      pasted: (text) => this.paste(text),
      keys: { leave: () => this.#leave(), copy: () => this.#copy(), find: () => this.finder.toggle() },
      pointed: (address) => this.parts.tell('link', address),
      sized: () => this.parts.write('size', `${this.screen.cols} × ${this.screen.rows}`),
      screenReader: choice('reader') === 'on',
    });
    this.place = new Place(this.screen);
    this.bar = new KeyBar(this.parts, {
      send: (text) => this.type(text), paste: (text) => this.paste(text), application: () => this.screen.applicationKeys,
      focus: () => this.screen.focus(), say: (text) => this.say(text), covered: (up) => this.screen.hold(up),
    });
    this.stream = new TerminalStream({
      open: (cursor) => api.terminal(this.session, cursor),
      hear: (type, frame) => this.#hear(type, frame),
      ask: () => this.#ask(),
    });
    this.finder = new Finder({ parts: this.parts, screen: this.screen });
    const { title } = root.dataset;
    this.keeper = new Keeper({ ask: (path) => api.json(path), of: { session: this.session, account: this.account, title }, recordedTo: () => this.#recordedTo });
    this.notices = new Notices(this.session, title);
    this.#listen();
    this.#draw();
    this.#start();
  }

  type(text, binary = false) {
    if (!this.stream.inControl && isReport(text)) return false;
    return (this.#taken = this.stream.input(text, binary));
  }

  async paste(text) {
    const problem = tooMuch(clean(text));
    if (problem) this.say(problem);
    const wanted = problem ? null : await mayPaste(text, this.parts);
    if (wanted === null || !this.stream.isLive) return false;
    this.#taken = false;
    this.screen.paste(wanted);
    this.screen.focus();
    return this.#taken;
  }

  say(text) {
    this.parts.write('said', text);
    this.parts.show('said', true);
    clearTimeout(this.#saying);
    this.#saying = setTimeout(() => this.parts.show('said', false), SAID_MS);
  }

  detach() {
    if (this.#gone) return;
    this.#gone = true;
    this.keeper.stop();
    hush();
    clearTimeout(this.#saying);
    for (const undo of this.#undo) undo();
    this.stream.stop();
    this.bar.dispose();
    this.finder.dispose();
    this.screen.dispose();
  }

  async #start() {
    this.keeper.start((found) => this.#showKept(found), () => this.#gone || this.stream.last > 0 || this.stream.isLive);
    keepOffline();
    this.stream.token = await resumed(this.session);
    if (!this.#gone) this.stream.start();
  }

  #listen() {
    const on = (target, name, act, options) => {
      target.addEventListener(name, act, options);
      this.#undo.push(() => target.removeEventListener(name, act, options));
    };
    on(globalThis, 'online', () => { this.stream.retry(); this.#draw(); });
    on(globalThis, 'offline', () => { this.stream.offline(); this.#draw(); });
    on(globalThis, 'pagehide', () => this.keeper.now());
    on(document, 'visibilitychange', () => (document.hidden ? this.keeper.now() : this.stream.retry()));
    on(document, 'fullscreenchange', () => this.parts.press('full', document.fullscreenElement === this.root));
    const second = setInterval(() => this.#state?.wish && this.#draw(), SECOND / 2);
    this.#undo.push(() => clearInterval(second), onDo(this.root, this.#acts()));
    this.parts.offer('full', document.fullscreenEnabled === true);
    this.parts.offer('speak', canSpeak());
    this.parts.offer('notify', canNotify());
    this.parts.press('notify', hasNotices());
    this.parts.press('reader', choice('reader') === 'on');
  }

  #acts() {
    return {
      take: () => this.stream.takeControl(),
      give: () => this.stream.giveControl(),
      object: () => this.stream.object(),
      key: (button) => this.bar.press(button),
      paste: () => this.#pasteCopied(),
      keys: () => this.bar.toggle(),
      dictate: () => this.bar.dictate(),
      find: () => this.finder.toggle(),
      'find-back': () => this.finder.go(-1),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen?.()),
      reader: () => {
        const now = choice('reader') !== 'on';
        choose('reader', now ? 'on' : 'off');
        this.screen.readAloud(now);
        this.parts.press('reader', now);
      },
      speak: () => this.parts.press('speak', speak(this.screen.selection || this.screen.lines().join('\n').trimEnd(), () => this.parts.press('speak', false))),
      notify: () => this.#notify(),
      retry: () => this.stream.retry(),
    };
  }

  // To what is most likely wanted next; the terminal itself comes behind all of it.
  #leave() {
    this.screen.blur();
    const next = [...this.parts.root.querySelectorAll('[data-part="control"] button')].find((button) => button.offsetParent !== null);
    (next ?? this.parts.part('leave'))?.focus();
  }

  async #copy() {
    if (this.screen.selection && !(await copy(this.screen.selection))) this.say(texts.notCopied);
  }

  async #pasteCopied() {
    const text = await copied();
    if (text === null) this.say(texts.noClipboard);
    else await this.paste(text);
  }

  async #notify() {
    const now = await toggleNotices();
    this.parts.press('notify', now === 'on');
    if (now === 'missing') this.say(texts.noNotices);
    if (now === 'refused') this.say(texts.mayNotNotify);
  }

  #hear(type, frame) {
    const heard = {
      hello: () => this.#hello(frame),
      state: () => this.#stands(frame),
      out: () => this.keeper.changed(),
      caught_up: () => this.#isNow(),
      metrics: () => { this.#recordedTo = frame.recorded_to ?? this.#recordedTo; },
      latency: () => this.parts.write('echo', `${frame.ms} ms`),
      unsent: () => this.say(unsentWords(frame.why)),
      error: () => this.say(refusedWords(frame)),
      connection: () => this.#connects(frame),
      ended: () => this.#ends(frame),
    };
    this.place.hear(type, frame, this.stream.last);
    if (type === 'hello' || type === 'error') keepWindow(this.session, this.stream.token);
    heard[type]?.();
    this.#draw();
  }

  #hello(frame) {
    this.#recordedTo = frame.recorded_to ?? this.#recordedTo;
  }

  #isNow() {
    this.#isUp = true;
    this.#takeUnasked();
  }

  #stands(frame) {
    this.#recordedTo = frame.recorded_to ?? this.#recordedTo;
    if (frame.notice?.text) this.say(frame.notice.text);
    this.#state = frame;
    this.notices.hear(frame);
    this.screen.control(frame.you_control === true);
    this.#took ||= frame.you_control === true;
    if (this.#isUp) this.#takeUnasked();
  }

  #connects(frame) {
    this.#connection = frame;
    this.#isUp = false;
    if (frame.state !== 'live') this.screen.control(false);
    if (frame.state === 'denied' || frame.state === 'signed-out') this.keeper.forget(frame.state === 'signed-out');
  }

  #ends(frame) {
    forgetWindow(this.session);
    this.#state = { ...this.#state, at_work: false, state: 'ended', end_reason: frame.reason ?? this.#state?.end_reason, exit_code: frame.exit_code ?? null };
    this.bar.leave();
    this.notices.hear(this.#state);
    this.screen.control(false);
    this.keeper.now();
  }

  // Who opens a terminal that nobody types in wants to type. Who gave control back does not, nor who watched while another one did.
  #takeUnasked() {
    const state = this.#state;
    if (this.#took || !state?.at_work || document.hidden) return;
    this.#took = true;
    if (state.controller || !state.may_control) return;
    this.stream.takeControl();
    if (!matchMedia('(pointer: coarse)').matches) this.screen.focus();
  }

  async #ask() {
    try {
      const session = await this.api.json(`api/v1/sessions/${encodeURIComponent(this.session)}`);
      return session.state === 'ended' && session.mode !== 'terminal' ? 'ended' : null;
    } catch (problem) {
      return endOf(problem);
    }
  }

  #showKept(found) {
    this.#recordedTo ??= found.recordedTo;
    this.screen.write(found.text.replaceAll('\n', '\r\n'), true);
    this.#draw();
  }

  #draw() {
    if (this.#gone) return;
    const { parts } = this;
    const live = this.#connection.state === 'live';
    const problem = connectionWords(this.#connection, { state: this.#state, recordedTo: this.#recordedTo, online: navigator.onLine });
    parts.write('connection', problem?.text ?? '');
    parts.show('lost', problem !== null);
    parts.part('lost')?.classList.toggle('warn', problem?.alert === true);
    parts.part('lost')?.setAttribute('role', problem?.alert ? 'alert' : 'status');
    parts.offer('retry', this.#connection.state === 'waiting');
    parts.write('size', `${this.screen.cols} × ${this.screen.rows}`);
    parts.write('recorded', this.#state?.record_fault ? texts.notNow : this.#connection.state === 'ended' ? texts.toTheEnd : timeWords(this.#recordedTo));
    const unrecorded = this.#state?.record_fault;
    parts.write('unrecorded-why', unrecorded ? texts.notRecorded(unrecorded) : '');
    parts.show('unrecorded', Boolean(unrecorded));
    parts.write('watching', watchingWords(this.#state?.viewers, this.account));
    const control = live ? controlWords(this.#state, this.account, Date.now()) : null;
    parts.show('control', control !== null);
    parts.part('control')?.classList.toggle('mine', control?.mine === true && control.buttons.length === 1);
    parts.write('who', control?.who ?? '');
    parts.write('more', control?.more ?? '');
    for (const name of ['take', 'give', 'object']) parts.offer(name, control?.buttons.includes(name) ?? false);
    const mine = live && this.#state?.you_control === true;
    this.bar.enable(mine);
    this.#publish({ connection: this.#connection.state, inControl: mine, wish: mine ? (this.#state.wish?.name ?? null) : null });
  }

  // Few words, and only when they change. While the circuit is away they wait: Blazor's own call fails where nobody can catch it.
  #publish(sight) {
    const told = JSON.stringify(sight);
    if (told === this.#told || globalThis.controlchat?.connection?.isUp === false) return;
    this.#told = told;
    this.door?.invokeMethodAsync('Hear', sight).catch(() => {});
  }
}

/** Called by the page when it is drawn. @returns {{detach: () => void}} */
export const attach = (root, door) => new Console(root, door, proxyToApi());
