// The worker of the offline page (worker.js). Its address names this build: another build brings its page anew.

/** For all terminals' pages of this browser, where it has workers: over https, or on this machine. */
export const keepOffline = (build = import.meta.url) => {
  const version = new URL(build).pathname.split('/').pop();
  globalThis.navigator?.serviceWorker?.register(`/offline/worker.js?v=${encodeURIComponent(version)}`, { scope: '/sessions/' }).catch(() => {});
};
