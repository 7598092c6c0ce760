// The marked parts of a page that its script fills: [data-part] shows, [data-do] does.

export const partsOf = (root) => {
  const part = (name) => root.querySelector(`[data-part="${name}"]`);
  const all = (name) => [...root.querySelectorAll(`[data-do="${name}"]`)];
  return {
    root,
    part,
    write(name, text) {
      const element = part(name);
      // Only what changed: a screen reader hears it otherwise again.
      if (element && element.textContent !== text) element.textContent = text;
    },
    show(name, yes) {
      const element = part(name);
      if (element) element.hidden = !yes;
    },
    /** Shown with its text; null: not shown. */
    tell(name, text) {
      this.write(name, text ?? '');
      this.show(name, text !== null);
    },
    offer(name, yes) {
      for (const button of all(name)) button.hidden = !yes;
    },
    press(name, on) {
      for (const button of all(name)) button.setAttribute(button.getAttribute('role') === 'menuitemcheckbox' ? 'aria-checked' : 'aria-pressed', on ? 'true' : 'false');
    },
  };
};

/** Clicks on [data-do] below a root. @returns {() => void} Ends it. */
export const onDo = (root, acts) => {
  const click = (event) => {
    const button = event.target instanceof Element ? event.target.closest('[data-do]') : null;
    if (!button || button.disabled || button.getAttribute('aria-disabled') === 'true') return;
    acts[button.dataset.do]?.(button, event);
  };
  root.addEventListener('click', click);
  return () => root.removeEventListener('click', click);
};
