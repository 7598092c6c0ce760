// Dictation and reading aloud, by the browser's own speech interfaces where it has them.
import { texts } from './texts.js';

const Recognition = () => globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;

export const canDictate = () => typeof Recognition() === 'function';
export const canSpeak = () => typeof globalThis.speechSynthesis?.speak === 'function' && typeof globalThis.SpeechSynthesisUtterance === 'function';

/** @param {(text: string) => void} heard @param {(on: boolean, problem?: string) => void} changed @returns {{stop: () => void, abort: () => void}} What was spoken up to a stop is still heard; what is aborted is not. */
export const dictate = (heard, changed) => {
  const listening = new (Recognition())();
  listening.lang = navigator.language; // what is spoken, whatever the page is written in
  listening.interimResults = false;
  listening.continuous = false;
  listening.onresult = (event) => heard([...event.results].slice(event.resultIndex).map((result) => result[0].transcript).join(' ').trim());
  listening.onerror = (event) => changed(false, problemOf(event.error));
  listening.onend = () => changed(false);
  listening.start();
  changed(true);
  return { stop: () => listening.stop(), abort: () => listening.abort() };
};

// Who stops it hears nothing of that.
const problemOf = (error) => {
  if (error === 'aborted') return undefined;
  return error === 'not-allowed' ? texts.mayNotHear : texts.notUnderstood;
};

/** Reads text aloud, or falls silent when it reads already. @param {() => void} [ended] @returns {boolean} Whether it reads now. */
export const speak = (text, ended = () => {}) => {
  if (speechSynthesis.speaking) {
    speechSynthesis.cancel();
    return false;
  }
  if (text.trim() === '') return false;
  const said = new SpeechSynthesisUtterance(text.slice(-4_000));
  said.onend = said.onerror = ended;
  speechSynthesis.speak(said);
  return true;
};

export const hush = () => {
  if (canSpeak()) speechSynthesis.cancel();
};
