// What the two strips of a terminal say. Words only; console.js puts them on the page.
import { zone } from './memory.js';

const number = new Intl.NumberFormat('en');

const list = (names) => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);
const first = (name) => name.split(' ')[0];

/** Who else looks, by name, each once. */
export const watchers = (viewers, me) => [...new Map((viewers ?? []).filter((v) => v.account_id !== me).map((v) => [v.account_id, v.name])).values()];

export const watchingWords = (viewers, me) => {
  const others = watchers(viewers, me);
  if (others.length === 0) return 'You';
  return others.length > 3 ? `You and ${number.format(others.length)} others` : ['You', ...others.map(first)].join(', ');
};

const left = (until, now) => Math.max(0, Math.ceil((Date.parse(until) - now) / 1000));

const inControl = (state, me, now) => {
  const { wish } = state;
  if (wish) {
    return { mine: true, who: `${wish.name} asks for control.`, more: `It goes over in ${left(wish.until, now)} s unless you object.`, buttons: ['object', 'give'] };
  }
  const others = watchers(state.viewers, me).map(first);
  return { mine: true, who: 'You are in control.', more: others.length === 0 ? '' : `${list(others)} ${others.length === 1 ? 'watches' : 'watch'}.`, buttons: ['give'] };
};

const watching = (state, me, now) => {
  const name = state.controller_name ?? 'Somebody';
  const who = state.controller === me ? 'Another window of yours is typing, this one is watching.' : `${name} is typing, you are watching.`;
  if (!state.may_control) return { who, more: 'You may look at this terminal, not type.', buttons: [] };
  if (state.wish?.account_id === me) return { who, more: `${first(name)} has ${left(state.wish.until, now)} s to object.`, buttons: [] };
  if (state.wish) return { who, more: `${state.wish.name} asks for control.`, buttons: [] };
  return { who, more: state.controller === me ? 'Taking control is at once, and on the record.' : `Taking control asks ${first(name)} for 10 s, then is yours. It is on the record.`, buttons: ['take'] };
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
  return { who: 'Nobody is in control.', more: state.may_control ? '' : 'You may look at this terminal, not type.', buttons: state.may_control ? ['take'] : [] };
};

/** In the zone of the page's other times. */
export const clock = (at) => new Date(at).toLocaleTimeString([], { hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false, timeZone: zone() });

export const timeWords = (at) => (at ? clock(at) : 'not yet');

/** @returns {{text: string, alert: boolean}|null} Null: all is well. */
export const connectionWords = (connection, { state, recordedTo, online } = {}) => {
  switch (connection.state) {
    case 'live':
      return state && !state.at_work && state.state !== 'ended' ? { text: waitingWords(state), alert: false } : null;
    case 'ended':
      return { text: `The session has ended. This is its record. ${endWords(state ?? {})}`.trimEnd(), alert: false };
    case 'denied':
      return { text: 'You may not see this session any more.', alert: true };
    case 'signed-out':
      return { text: 'You are signed out. Sign in to go on.', alert: true };
    case 'connecting':
      if (connection.attempt === 1) return null;
      break;
    default:
      break;
  }
  if (!online) return { text: `Offline. Showing the record up to ${timeWords(recordedTo)}.`, alert: true };
  return { text: `Connection lost. Showing the record up to ${timeWords(recordedTo)}. It comes back by itself.`, alert: true };
};

const ENDS = {
  stopped: 'It was stopped.',
  panic: 'A panic stop ended it.',
  expired: 'Its time was over.',
  idle: 'Nothing happened in it for too long.',
  revoked: 'The rights to it were taken away.',
  worker_lost: 'The hub was restarted, and the terminal with it. Start a new one.',
};

const endWords = ({ end_reason: reason, exit_code: code }) =>
  ENDS[reason] ?? (Number.isInteger(code) ? `The program ended with code ${code}.` : '');

const waitingWords = (state) => {
  if (state.state === 'queued') return `In the queue${state.queue_position ? `, position ${state.queue_position}` : ''}. The terminal begins when a slot is free.`;
  return 'The terminal is starting.';
};

/** Why something typed went nowhere. */
export const unsentWords = (why) => ({
  offline: 'Not sent: the terminal is not connected.',
  lost: 'The connection was lost while you typed. The last keys may not have arrived.',
  watching: 'Not sent: you are watching. Take control to type.',
  full: 'Not sent: too much is waiting for the terminal already.',
})[why] ?? 'Not sent.';

/** What the hub did not take, and what of it was cut off here. */
export const refusedWords = ({ message, code, cut = 0 }) => {
  const why = message ?? code ?? 'The hub refused it.';
  return cut > 0 ? `${why} What was sent is cut off: its last ${number.format(cut)} bytes were not typed.` : why;
};
