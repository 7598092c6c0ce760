// The terminal's page: a stream, a screen, and the parts of the page around them. Blazor draws the page and calls `attach`; what changes with
// the connection is drawn here, because it must be right while there is no circuit.
import { isForProgram } from './captured.js';
import { KeyBar } from './keybar.js';
import { isReport } from './keys.js';
import { choice, choose, forgetWindow, keepWindow, windowOf } from './memory.js';
import { Notices, ask as askNotices, canNotify, isOn as hasNotices } from './notify.js';
import { keep, kept } from './offline.js';
import { onDo, partsOf } from './parts.js';
import { mayPaste } from './paste.js';
import { proxyToApi } from './proxyToApi.js';
import { canSpeak, hush, speak } from './speech.js';
import { TerminalStream } from './stream.js';
import { connectionWords, controlWords, timeWords, unsentWords, watchingWords } from './strip.js';
import { TerminalScreen } from './terminal.js';
import { texts } from './texts.js';

export { replay } from './replay.js';

const KEEP_MS = 5_000;
const SAID_MS = 6_000;
const SECOND = 1_000;
const PATIENCE_MS = 1_500; // before the kept record is shown instead of nothing
const KEPT_LINES = 5_000;

class Console {
  #state = null;
  #connection = { state: 'connecting', attempt: 1 };
  #recordedTo = null;
  #took = false; // control, unasked, once
  #dirty = false;
  #undo = [];
  #saying = null;
  #gone = false;
  #isUp = false;
  #size = null;
  #told = '';

  constructor(root, door, api) {
    Object.assign(this, { root, door, api, parts: partsOf(root), session: root.dataset.session, account: root.dataset.account });
    this.screen = new TerminalScreen(this.parts.part('screen'), {
      typed: (text, binary) => this.type(binary ? text : this.bar.withHeld(text), binary),
      resized: (cols, rows) => this.stream.resize(cols, rows),
      pasted: (text) => this.paste(text),
      key: (event) => isForProgram(event, { leave: () => this.#leave(), copy: () => this.#copy(), find: () => this.#find() }),
      pointed: (address) => {
        this.parts.write('link', address ?? '');
        this.parts.show('link', address !== null);
      },
      sized: () => this.parts.write('size', `${this.screen.cols} × ${this.screen.rows}`),
      screenReader: choice('reader') === 'on',
    });
    this.bar = new KeyBar(this.parts, {
      send: (text) => this.type(text), paste: (text) => this.paste(text), application: () => this.screen.applicationKeys,
      focus: () => this.screen.focus(), say: (text) => this.say(text),
    });
    this.stream = new TerminalStream({
      open: (cursor) => api.terminal(this.session, cursor),
      hear: (type, frame) => this.#hear(type, frame),
      ask: () => this.#ask(),
      token: windowOf(this.session),
    });
    this.notices = new Notices(this.session, root.dataset.title);
    this.#listen();
    this.#draw();
    this.stream.start();
    this.#showKept();
  }

  type(text, binary = false) {
    if (!this.stream.inControl && isReport(text)) return false;
    return this.stream.input(text, binary);
  }

  async paste(text) {
    if (!(await mayPaste(text, this.parts)) || !this.stream.isLive) return false;
    this.screen.paste(text.replace(/[\r\n]+$/, ''));
    this.screen.focus();
    return true;
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
    this.#keep();
    hush();
    clearTimeout(this.#saying);
    for (const undo of this.#undo) undo();
    this.stream.stop();
    this.bar.dispose();
    this.screen.dispose();
  }

  #listen() {
    const on = (target, name, act, options) => {
      target.addEventListener(name, act, options);
      this.#undo.push(() => target.removeEventListener(name, act, options));
    };
    on(globalThis, 'online', () => { this.stream.retry(); this.#draw(); });
    on(globalThis, 'offline', () => { this.stream.offline(); this.#draw(); });
    on(globalThis, 'pagehide', () => this.#keep());
    on(document, 'visibilitychange', () => (document.hidden ? this.#keep() : this.stream.retry()));
    on(document, 'fullscreenchange', () => this.parts.press('full', document.fullscreenElement === this.root));
    const field = this.parts.part('find-text');
    if (field) on(field, 'input', () => this.screen.find(field.value));
    const find = this.parts.part('find');
    if (find) on(find, 'submit', (event) => { event.preventDefault(); this.screen.find(field.value); });
    const second = setInterval(() => this.#state?.wish && this.#draw(), SECOND / 2);
    const keeping = setInterval(() => this.#keep(), KEEP_MS);
    this.#undo.push(() => clearInterval(second), () => clearInterval(keeping), onDo(this.root, this.#acts()));
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
      paste: async () => this.paste(await navigator.clipboard.readText().catch(() => (this.say(texts.noClipboard), ''))),
      keys: () => this.bar.toggle(),
      dictate: () => this.bar.dictate(),
      find: () => this.#find(),
      'find-next': () => this.screen.find(this.parts.part('find-text').value, 1),
      'find-back': () => this.screen.find(this.parts.part('find-text').value, -1),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : this.root.requestFullscreen?.()),
      reader: () => {
        const now = choice('reader') !== 'on';
        choose('reader', now ? 'on' : 'off');
        this.screen.readAloud(now);
        this.parts.press('reader', now);
      },
      speak: () => this.parts.press('speak', speak(this.screen.selection || this.screen.lines().join('\n').trimEnd())),
      notify: async () => this.parts.press('notify', hasNotices() || (await askNotices())),
      retry: () => this.stream.retry(),
    };
  }

  #find() {
    const open = this.parts.part('find').hidden;
    this.parts.show('find', open);
    this.parts.press('find', open);
    if (open) this.parts.part('find-text').focus();
    else {
      this.screen.find('');
      this.screen.focus();
    }
  }

  #leave() {
    this.screen.blur();
    this.parts.part('leave')?.focus();
  }

  #copy() {
    if (this.screen.selection) navigator.clipboard.writeText(this.screen.selection).catch(() => this.say(texts.notCopied));
  }

  #hear(type, frame) {
    const heard = {
      hello: () => this.#hello(frame),
      state: () => this.#stands(frame),
      out: () => { this.#dirty = true; this.screen.write(frame.data, frame.replayed); },
      caught_up: () => this.#isNow(),
      metrics: () => { this.#recordedTo = frame.recorded_to ?? this.#recordedTo; },
      gap: () => this.screen.remark(texts.framesMissing(frame.from, frame.to)),
      latency: () => this.parts.write('echo', `${frame.ms} ms`),
      unsent: () => this.say(unsentWords(frame.why)),
      error: () => this.say(frame.message ?? frame.code ?? texts.refused),
      connection: () => this.#connects(frame),
      ended: () => this.#ends(frame),
    };
    heard[type]?.();
    this.#draw();
  }

  #hello(frame) {
    keepWindow(this.session, frame.resume_token);
    this.#recordedTo = frame.recorded_to ?? this.#recordedTo;
    if (this.stream.last === 0) this.screen.reset();
    this.screen.behind(true);
    this.#size = frame.size ?? this.#size;
  }

  #isNow() {
    this.#isUp = true;
    if (this.#size) this.screen.take(this.#size.cols, this.#size.rows);
    this.screen.behind(false);
    this.#takeUnasked();
  }

  #stands(frame) {
    this.#recordedTo = frame.recorded_to ?? this.#recordedTo;
    if (frame.notice?.text) this.say(frame.notice.text);
    // Without a sequence it is the size of now, which counts when all that was before is told.
    this.#size = frame.size ?? this.#size;
    if (frame.size && (frame.seq !== null || this.#isUp)) this.screen.take(frame.size.cols, frame.size.rows);
    this.#state = frame;
    this.notices.hear(frame);
    this.screen.control(frame.you_control === true);
    if (this.#isUp) this.#takeUnasked();
  }

  #connects(frame) {
    this.#connection = frame;
    this.#isUp = false;
    if (frame.state !== 'live') this.screen.control(false);
    if (frame.state === 'waiting') this.#keep();
  }

  #ends(frame) {
    forgetWindow(this.session);
    this.#state = { ...this.#state, at_work: false, state: 'ended', end_reason: frame.reason };
    this.notices.hear(this.#state);
    this.screen.control(false);
    this.#keep();
  }

  // Who opens a terminal that nobody types in wants to type; who gave control back does not.
  #takeUnasked() {
    const state = this.#state;
    if (this.#took || !state?.at_work || state.controller || !state.may_control || document.hidden) return;
    this.#took = true;
    this.stream.takeControl();
    if (!matchMedia('(pointer: coarse)').matches) this.screen.focus();
  }

  async #ask() {
    try {
      const session = await this.api.json(`api/v1/sessions/${encodeURIComponent(this.session)}`);
      return session.state === 'ended' && session.mode !== 'terminal' ? 'ended' : null;
    } catch (problem) {
      return { 401: 'signed-out', 403: 'denied', 404: 'denied' }[problem.status] ?? null;
    }
  }

  #keep() {
    if (!this.#dirty) return;
    this.#dirty = false;
    keep(this.session, this.account, this.screen.lines(KEPT_LINES), this.#recordedTo);
  }

  #showKept() {
    const timer = setTimeout(async () => {
      const found = await kept(this.session, this.account);
      if (!found || this.#gone || this.stream.last > 0 || this.stream.isLive) return;
      this.#recordedTo ??= found.recordedTo;
      this.screen.write(found.text.replaceAll('\n', '\r\n'), true);
      this.#draw();
    }, PATIENCE_MS);
    this.#undo.push(() => clearTimeout(timer));
  }

  #draw() {
    if (this.#gone) return;
    const { parts } = this;
    const live = this.#connection.state === 'live';
    const problem = connectionWords(this.#connection, { state: this.#state, recordedTo: this.#recordedTo, online: navigator.onLine });
    parts.write('connection', problem?.text ?? '');
    parts.show('lost', problem !== null);
    parts.part('lost')?.classList.toggle('warn', problem?.alert === true);
    parts.offer('retry', this.#connection.state === 'waiting');
    parts.write('size', `${this.screen.cols} × ${this.screen.rows}`);
    parts.write('recorded', this.#state?.record_fault ? 'not now' : timeWords(this.#recordedTo));
    parts.write('watching', watchingWords(this.#state?.viewers, this.account));
    const control = live ? controlWords(this.#state, this.account, Date.now()) : null;
    parts.show('control', control !== null);
    parts.part('control')?.classList.toggle('mine', control?.mine === true && control.buttons.length === 1);
    parts.write('who', control?.who ?? '');
    parts.write('more', control?.more ?? '');
    for (const name of ['take', 'give', 'object']) parts.offer(name, control?.buttons.includes(name) ?? false);
    const mine = live && this.#state?.you_control === true;
    this.bar.enable(mine);
    this.#publish({ connection: this.#connection.state, inControl: mine, wish: mine ? (this.#state.wish?.name ?? null) : null, fault: this.#state?.record_fault ?? null });
  }

  // Few words, and only when they change: the circuit may be away.
  #publish(sight) {
    const told = JSON.stringify(sight);
    if (told === this.#told) return;
    this.#told = told;
    this.door?.invokeMethodAsync('Hear', sight).catch(() => {});
  }
}

/** Called by the page when it is drawn. @returns {{detach: () => void}} */
export const attach = (root, door) => new Console(root, door, proxyToApi());
