// What an emulator answers by itself: to a program that asks who it is, where the cursor stands, what colour something has. Asked in the
// record of a terminal, or while somebody else types, nobody waits for the answer, and it would be typed into whatever runs now.

/** @param {() => boolean} muted Whether answers are held back at this moment. */
export const holdAnswers = (terminal, muted) => {
  const { parser } = terminal;
  const held = () => muted();
  const asks = (data) => held() && /(^|;)\?$/.test(data);
  const csi = [
    { final: 'c' }, { prefix: '>', final: 'c' }, { prefix: '=', final: 'c' },
    { final: 'n' }, { prefix: '?', final: 'n' },
    { final: 'x' }, { intermediates: '$', final: 'p' }, { prefix: '?', intermediates: '$', final: 'p' },
    { prefix: '>', final: 'q' }, { final: 't' }, { prefix: '?', final: 'u' }, { prefix: '?', final: 'm' },
  ];
  return [
    ...csi.map((id) => parser.registerCsiHandler(id, held)),
    ...['$', '+'].map((intermediates) => parser.registerDcsHandler({ intermediates, final: 'q' }, held)),
    ...[4, 5, 10, 11, 12].map((number) => parser.registerOscHandler(number, asks)),
    // The clipboard belongs to the person: no program reads or writes it.
    parser.registerOscHandler(52, () => true),
  ];
};
