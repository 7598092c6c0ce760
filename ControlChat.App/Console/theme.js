// The terminal's colours, from the page's own tokens.

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--cc-${name}`).trim();

export const theme = () => {
  const [text, dim, accent] = ['term-text', 'term-dim', 'term-accent'].map(token);
  const [red, green, yellow, blue, magenta, bright] = ['term-err', 'term-ok', 'term-warn', 'term-blue', 'term-magenta', 'term-bright'].map(token);
  return {
    background: token('term'), foreground: text, cursor: text, cursorAccent: token('term'), selectionBackground: `${accent}55`,
    black: token('term'), red, green, yellow, blue, magenta, cyan: accent, white: text,
    brightBlack: dim, brightRed: red, brightGreen: green, brightYellow: yellow, brightBlue: blue, brightMagenta: magenta, brightCyan: accent, brightWhite: bright,
  };
};

export const font = () => token('mono');
