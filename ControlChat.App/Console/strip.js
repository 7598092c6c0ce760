// What the two strips of a terminal say. Words only; draw.js puts them on the page.
import { texts } from './texts.js';

const first = (name) => name.split(' ')[0];

/** Who else looks, by name, each once. */
export const watchers = (viewers, me) => [...new Map((viewers ?? []).filter((v) => v.account_id !== me).map((v) => [v.account_id, v.name])).values()];

export const watchingWords = (viewers, me) => {
  const others = watchers(viewers, me);
  if (others.length === 0) return texts.you;
  return others.length > 3 ? texts.youAndMany(others.length) : texts.youAnd(others.map(first));
};

const left = (until, now) => Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));

const inControl = (state, me, now) => {
  const { wish } = state;
  if (wish) {
    return { mine: true, who: texts.asksForControl(wish.name), more: texts.goesOverIn(left(wish.until, now)), buttons: ['object', 'give'] };
  }
  const others = watchers(state.viewers, me).map(first);
  return { mine: true, who: texts.inControl, more: others.length === 0 ? '' : texts.watch(others), buttons: ['give'] };
};

const watching = (state, me, now) => {
  const name = state.controller_name ?? texts.somebody;
  const who = state.controller === me ? texts.anotherWindowTypes : texts.types(name);
  if (!state.may_control) return { who, more: texts.lookOnly, buttons: [] };
  if (state.wish?.account_id === me) return { who, more: texts.mayObject(first(name), left(state.wish.until, now)), buttons: [] };
  if (state.wish) return { who, more: texts.asksForControl(state.wish.name), buttons: [] };
  return { who, more: state.controller === me ? texts.takingIsAtOnce : texts.takingAsks(first(name)), buttons: ['take'] };
};

/**
 * @param {object} state The stream's last `state`.
 * @param {string} me The account that looks.
 * @param {number} now As Date.now().
 * @returns {{mine?: boolean, who: string, more: string, buttons: string[]}|null} Null: there is nothing to control.
 */
export const controlWords = (state, me, now) => {
  if (!state?.at_work) return null;
  if (state.you_control) return inControl(state, me, now);
  if (state.controller) return watching(state, me, now);
  return { who: texts.nobodyInControl, more: state.may_control ? '' : texts.lookOnly, buttons: state.may_control ? ['take'] : [] };
};

const clock = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false });

export const timeWords = (at) => (at ? clock(at) : texts.notYet);

/** @returns {{text: string, alert: boolean}|null} Null: all is well. */
export const connectionWords = (connection, { state, recordedTo, online } = {}) => {
  switch (connection.state) {
    case 'live':
      return state && !state.at_work && state.state !== 'ended' ? { text: waitingWords(state), alert: false } : null;
    case 'ended':
      return { text: texts.ended, alert: false };
    case 'denied':
      return { text: texts.denied, alert: true };
    case 'signed-out':
      return { text: texts.signedOut, alert: true };
    case 'connecting':
      if (connection.attempt === 1) return null;
      break;
    default:
      break;
  }
  if (!online) return { text: texts.offline(timeWords(recordedTo)), alert: true };
  return { text: texts.lost(timeWords(recordedTo)), alert: true };
};

const waitingWords = (state) => {
  if (state.state === 'queued') return state.queue_position ? texts.queuedAt(state.queue_position) : texts.queued;
  return texts.starting;
};

/** Why something typed went nowhere. */
export const unsentWords = (why) => (Object.hasOwn(texts.unsent, why) ? texts.unsent[why] : texts.notSent);
