// Dictation and reading aloud, by the browser's own speech interfaces where it has them.
import { texts } from './texts.js';

const Recognition = () => globalThis.SpeechRecognition ?? globalThis.webkitSpeechRecognition;

export const canDictate = () => typeof Recognition() === 'function';
export const canSpeak = () => typeof globalThis.speechSynthesis?.speak === 'function' && typeof globalThis.SpeechSynthesisUtterance === 'function';

/** @param {(text: string) => void} heard @param {(on: boolean, problem?: string) => void} changed @returns {() => void} Stops it. */
export const dictate = (heard, changed) => {
  const listening = new (Recognition())();
  listening.lang = document.documentElement.lang || navigator.language;
  listening.interimResults = false;
  listening.continuous = false;
  listening.onresult = (event) => heard([...event.results].slice(event.resultIndex).map((result) => result[0].transcript).join(' ').trim());
  listening.onerror = (event) => changed(false, event.error === 'not-allowed' ? texts.mayNotHear : texts.notUnderstood);
  listening.onend = () => changed(false);
  listening.start();
  changed(true);
  return () => listening.abort();
};

/** Reads text aloud, or falls silent when it reads already. @returns {boolean} Whether it reads now. */
export const speak = (text) => {
  if (speechSynthesis.speaking) {
    speechSynthesis.cancel();
    return false;
  }
  if (text.trim() === '') return false;
  speechSynthesis.speak(new SpeechSynthesisUtterance(text.slice(-4_000)));
  return true;
};

export const hush = () => {
  if (canSpeak()) speechSynthesis.cancel();
};
