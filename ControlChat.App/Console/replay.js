// The record of a terminal, played again in the page.
import { onDo, partsOf } from './parts.js';
import { Player } from './player.js';
import { proxyToApi } from './proxyToApi.js';
import { recordsOf } from './records.js';
import { TerminalScreen } from './terminal.js';
import { texts } from './texts.js';

const clock = (at) => (at === null ? '' : new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false }));
const spent = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;

class Replay {
  #gone = new AbortController();
  #undo = [];
  #player = null;

  constructor(root, api) {
    Object.assign(this, { root, api, parts: partsOf(root), session: root.dataset.session });
    this.range = this.parts.part('range');
    this.screen = new TerminalScreen(this.parts.part('screen'), { typed: () => {}, resized: () => {}, pasted: () => {} });
    const range = () => this.#player?.seek(Number(this.range.value));
    const speed = (event) => this.#player?.setSpeed(Number(event.target.value));
    const idle = (event) => this.#player?.setSkipIdle(event.target.checked);
    for (const [part, act] of [['range', range], ['speed', speed], ['idle', idle]]) this.parts.part(part).addEventListener('input', act);
    this.#undo.push(onDo(root, { play: () => (this.#player?.isPlaying ? this.#player.pause() : this.#player?.play()), back: () => this.#step(-10_000), on: () => this.#step(10_000) }));
    this.#load();
  }

  detach() {
    this.#gone.abort();
    this.#player?.dispose();
    for (const undo of this.#undo) undo();
    this.screen.dispose();
  }

  async #load() {
    try {
      const lines = this.api.lines(`api/v1/sessions/${encodeURIComponent(this.session)}/transcript?format=ndjson`, { signal: this.#gone.signal });
      const records = await recordsOf(lines, (count) => this.parts.write('note', texts.readingRecord(count)));
      if (this.#gone.signal.aborted) return;
      this.parts.write('note', records.length === 0 ? texts.nothingPrinted : '');
      this.parts.show('note', records.length === 0);
      if (records.length === 0) return;
      this.#player = new Player({ records, show: (due, fresh) => this.#show(due, fresh), changed: () => this.#draw() });
      this.#player.play();
    } catch (problem) {
      if (!this.#gone.signal.aborted) this.parts.write('note', texts.recordNotRead(problem.message));
    }
  }

  #step(by) {
    this.#player?.seek(this.#player.position + by);
  }

  #show(records, fresh) {
    if (fresh) this.screen.reset();
    for (const record of records) {
      if (record.type === 'out') this.screen.write(record.data, true);
      else if (record.type === 'resize') this.screen.take(record.cols, record.rows);
      else this.screen.remark(record.text);
    }
  }

  #draw() {
    const player = this.#player;
    if (!player) return;
    this.range.max = String(Math.ceil(player.length));
    if (document.activeElement !== this.range || player.isPlaying) this.range.value = String(Math.round(player.position));
    const said = texts.position(spent(player.position), spent(player.length), clock(player.at));
    this.range.setAttribute('aria-valuetext', said);
    this.parts.write('time', said);
    this.parts.write('play-word', player.isPlaying ? texts.pause : texts.play);
    this.root.dataset.playing = player.isPlaying ? 'yes' : 'no';
  }
}

/** Called by the page when its replay is opened. @returns {{detach: () => void}} */
export const replay = (root) => new Replay(root, proxyToApi());
