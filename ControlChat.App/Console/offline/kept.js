// The offline page: what this browser kept of the terminal whose address it stands at.
import { zone } from '../memory.js';
import { kept } from './store.js';

const LOOK_MS = 5_000;
const part = (name) => document.querySelector(`[data-part="${name}"]`);
const session = /^\/sessions\/([A-Za-z0-9_-]{1,64})\/?$/.exec(location.pathname)?.[1] ?? null;

const show = (found) => {
  part('none').hidden = found !== null;
  part('kept').hidden = found === null;
  if (found === null) return;
  part('title').textContent = found.title;
  part('to').textContent = new Date(found.recordedTo ?? found.at).toLocaleString([], { dateStyle: 'medium', timeStyle: 'medium', timeZone: zone() });
  part('text').textContent = found.text;
  part('text').scrollTop = part('text').scrollHeight;
};

// Whether the hub is there again is seen by its icon, past all caches: this page may open no connection, and a network is not yet the hub.
const look = () => {
  if (!navigator.onLine) return;
  const icon = new Image();
  icon.onload = () => location.reload();
  icon.src = `${document.querySelector('link[rel="icon"]').href}?${Date.now()}`;
};

part('again').addEventListener('click', () => location.reload());
addEventListener('online', look);
setInterval(look, LOOK_MS);
show(session === null ? null : await kept(session));
