// Behind a trusted proxy a page counts as somebody's for five minutes after the proxy last said so. An open page talks to the hub over
// one connection that the proxy let through long ago, so it asks for something anew each minute: the proxy vouches, or it does not.
const EVERY_MS = 60_000;

// A proxy that has no session any more sends to its own sign-in elsewhere, which is not followed: the hub then ends the page.
const ask = () => fetch('api/v1/me', { cache: 'no-store', redirect: 'error' }).catch(() => {});

setInterval(ask, EVERY_MS);
document.addEventListener('visibilitychange', () => { if (!document.hidden) ask(); });
