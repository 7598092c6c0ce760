// xterm.js writes its sizes and colours into <style> elements, which the content policy refuses. Sheets that a script makes itself are not
// inline styles (https://www.w3.org/TR/cssom-1/#dom-document-adoptedstylesheets), so it is handed elements that write into those.

/** Runs something that makes style elements, and gives it others. They must all be made before it returns. */
export const withSheets = (run) => {
  const own = Object.hasOwn(document, 'createElement') ? document.createElement : null;
  const make = document.createElement.bind(document);
  document.createElement = (name, options) => (String(name).toLowerCase() === 'style' ? sheetElement(make('template')) : make(name, options));
  try {
    return run();
  } finally {
    if (own) document.createElement = own;
    else delete document.createElement;
  }
};

const sheetElement = (element) => {
  const sheet = new CSSStyleSheet();
  document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
  const remove = element.remove.bind(element);
  Object.defineProperties(element, {
    textContent: { get: () => '', set: (css) => sheet.replaceSync(css) },
    remove: {
      value: () => {
        document.adoptedStyleSheets = document.adoptedStyleSheets.filter((other) => other !== sheet);
        remove();
      },
    },
  });
  return element;
};
