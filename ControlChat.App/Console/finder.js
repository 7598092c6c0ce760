// Finding words in the terminal.

export class Finder {
  /** @param {object} by parts: see parts.js; screen: see terminal.js. */
  constructor({ parts, screen }) {
    Object.assign(this, { parts, screen, field: parts.part('find-text') });
    this.input = () => screen.find(this.field.value);
    this.submit = (event) => {
      event.preventDefault();
      this.go(1);
    };
    this.field?.addEventListener('input', this.input);
    parts.part('find')?.addEventListener('submit', this.submit);
  }

  go(way) {
    this.screen.find(this.field.value, way);
  }

  toggle() {
    const open = this.parts.part('find').hidden;
    this.parts.show('find', open);
    this.parts.press('find', open);
    if (open) this.field.focus();
    else {
      this.screen.find('');
      this.screen.focus();
    }
  }

  dispose() {
    this.field?.removeEventListener('input', this.input);
    this.parts.part('find')?.removeEventListener('submit', this.submit);
  }
}
