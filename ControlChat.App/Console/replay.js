// The record of a terminal, played again in the page.
import { copy } from './clipboard.js';
import { Feed } from './feed.js';
import { onDo, partsOf } from './parts.js';
import { Player } from './player.js';
import { proxyToApi } from './proxyToApi.js';
import { recordsOf } from './records.js';
import { clock } from './strip.js';
import { TerminalScreen } from './terminal.js';
import { texts } from './texts.js';

const spent = (ms) => `${Math.floor(ms / 60_000)}:${String(Math.floor(ms / 1000) % 60).padStart(2, '0')}`;

class Replay {
  #gone = new AbortController();
  #undo = [];
  #player = null;
  #cut = null;

  constructor(root, api) {
    Object.assign(this, { root, api, parts: partsOf(root), session: root.dataset.session });
    this.range = this.parts.part('range');
    this.screen = new TerminalScreen(this.parts.part('screen'), { typed: () => {}, resized: () => {}, pasted: () => {}, shown: true, keys: { copy: () => copy(this.screen.selection) } });
    this.feed = new Feed({ reset: () => this.screen.reset(), write: (record) => this.#write(record) });
    const range = () => this.#player?.seek(Number(this.range.value));
    const speed = (event) => this.#player?.setSpeed(Number(event.target.value));
    const idle = (event) => this.#player?.setSkipIdle(event.target.checked);
    for (const [part, act] of [['range', range], ['speed', speed], ['idle', idle]]) this.parts.part(part).addEventListener('input', act);
    this.#undo.push(onDo(root, { play: () => (this.#player?.isPlaying ? this.#player.pause() : this.#player?.play()), back: () => this.#step(-10_000), on: () => this.#step(10_000) }));
    // The page may stand at the transcript's end; a terminal that is out of sight is not drawn.
    root.scrollIntoView({ block: 'start' });
    this.#load();
  }

  detach() {
    this.#gone.abort();
    this.#player?.dispose();
    this.feed.stop();
    for (const undo of this.#undo) undo();
    this.screen.dispose();
  }

  async #load() {
    try {
      const lines = this.api.lines(`api/v1/sessions/${encodeURIComponent(this.session)}/transcript?format=ndjson`, { signal: this.#gone.signal });
      const records = await recordsOf(lines, (count) => this.parts.write('note', texts.readingRecord(count)), { cut: (at) => { this.#cut = at; } });
      if (this.#gone.signal.aborted) return;
      const note = records.length === 0 ? texts.nothingPrinted : this.#cut === null ? '' : texts.recordCut(clock(this.#cut));
      this.parts.write('note', note);
      this.parts.show('note', note !== '');
      if (records.length === 0) return;
      this.#player = new Player({ records, show: (due, fresh) => this.feed.push(due, fresh), changed: () => this.#draw() });
      this.#player.play();
    } catch (problem) {
      if (!this.#gone.signal.aborted) this.parts.write('note', texts.recordNotRead(problem.message));
    }
  }

  #step(by) {
    this.#player?.seek(this.#player.position + by);
  }

  #write(record) {
    if (record.type === 'out') return this.screen.write(record.data, true);
    if (record.type === 'resize') return this.screen.take(record.cols, record.rows);
    return this.screen.remark(record.text);
  }

  #draw() {
    const player = this.#player;
    if (!player) return;
    this.range.max = String(Math.ceil(player.length));
    if (document.activeElement !== this.range || player.isPlaying) this.range.value = String(Math.round(player.position));
    const said = texts.position(spent(player.position), spent(player.length), player.at === null ? '' : clock(player.at));
    // While it plays a screen reader would read each change of it.
    if (!player.isPlaying || document.activeElement !== this.range) this.range.setAttribute('aria-valuetext', said);
    this.parts.write('time', said);
    this.parts.write('play-word', player.isPlaying ? texts.pause : texts.play);
    this.root.dataset.playing = player.isPlaying ? 'yes' : 'no';
  }
}

/** Called by the page when its replay is opened. @returns {{detach: () => void}} */
export const replay = (root) => new Replay(root, proxyToApi());
