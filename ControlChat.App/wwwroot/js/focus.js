// Where the focus goes when it would be lost: a redraw that takes its element away leaves it at the part around it, a closed drawer
// gives it back to the row that it showed. And the way from a row to what it opened, for who does not point.
const PARTS = '.drawer, .detail';
const main = () => document.getElementById('main');
const address = (link) => link.pathname + link.search;
const links = () => [...(main()?.querySelectorAll('[data-item] a[href]') ?? [])].filter((link) => link.checkVisibility());

let last = null;
let around = []; // what stood around it and can have the focus, the nearest first

document.addEventListener('focusin', (event) => {
  last = event.target;
  around = [];
  for (let part = last.parentElement?.closest('[tabindex]'); part; part = part.parentElement?.closest('[tabindex]')) around.push(part);
});

new MutationObserver(() => {
  if (!last || last.isConnected || document.activeElement !== document.body) return;
  const next = around.find((part) => part.isConnected) ?? main();
  last = null;
  next?.focus({ preventScroll: true });
}).observe(document.body, { childList: true, subtree: true });

const enter = (part) => {
  if (!part.hasAttribute('tabindex')) part.tabIndex = -1;
  part.focus();
};

/** Out of a part beside a list: closed where it can be closed, and back to its row. Answers whether there was one to leave. */
const leave = (part) => {
  const shown = location.pathname + location.search;
  const close = part.querySelector('a[aria-label="Close"]');
  const row = () => links().find((link) => address(link) === shown);
  if (!close) return row()?.focus(), Boolean(row());
  close.click();
  return true;
};

document.addEventListener('click', (event) => {
  const link = event.target instanceof Element && event.target.closest('a[href]');
  if (!link) return;
  const shown = location.pathname + location.search;
  const part = main()?.querySelector(PARTS);
  // a row that is open already: into what it opened
  if (part?.checkVisibility() && link.closest('[data-item]') && address(link) === shown) {
    event.preventDefault();
    event.stopPropagation();
    enter(part);
    return;
  }
  const left = link.matches('[aria-label="Close"]') && link.closest('.drawer');
  if (!left) return;
  const watch = new MutationObserver(() => {
    if (left.isConnected) return;
    watch.disconnect();
    last = null;
    links().find((row) => address(row) === shown)?.focus({ preventScroll: true });
  });
  watch.observe(main(), { childList: true, subtree: true });
}, { capture: true });

Object.assign(window.controlchat, { focus: { leave, PARTS } });
