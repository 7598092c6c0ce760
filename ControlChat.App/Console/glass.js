// A keyboard of glass: it covers the page's end and changes nothing of its height, in some browsers.

const LEAST = 120; // less is a bar of the browser's own

/**
 * @param {number} whole The page's height.
 * @param {{height: number, offsetTop: number, scale: number}} view What of it is seen.
 * @returns {number} How much of the page's end is covered; a page that was zoomed into is not covered.
 */
export const covered = (whole, { height, offsetTop, scale }) => (scale > 1.01 ? 0 : Math.max(0, Math.round(whole - height - offsetTop)));

/** @param {(up: boolean) => void} changed @returns {() => void} Ends it. */
export const keepAboveKeyboard = (root, changed) => {
  const view = globalThis.visualViewport;
  if (!view) return () => {};
  const fit = () => {
    const height = covered(innerHeight, view);
    const up = height > LEAST;
    // Before the page is laid out anew: its terminal keeps its lines.
    changed(up);
    document.documentElement.classList.toggle('typing', up);
    root.style.setProperty('--keyboard', `${height}px`);
  };
  view.addEventListener('resize', fit);
  view.addEventListener('scroll', fit);
  fit();
  return () => {
    document.documentElement.classList.remove('typing');
    view.removeEventListener('resize', fit);
    view.removeEventListener('scroll', fit);
  };
};
