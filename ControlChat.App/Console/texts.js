// What the scripts of the terminal and of the embedded page say to people. Another language is another object of these names.

const number = new Intl.NumberFormat('en');
const list = (names) => (names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`);

export const texts = {
  // who looks and who types
  you: 'You',
  youAnd: (names) => ['You', ...names].join(', '),
  youAndMany: (count) => `You and ${number.format(count)} others`,
  somebody: 'Somebody',
  asksForControl: (name) => `${name} asks for control.`,
  goesOverIn: (seconds) => `It goes over in ${seconds} s unless you object.`,
  inControl: 'You are in control.',
  watch: (names) => `${list(names)} ${names.length === 1 ? 'watches' : 'watch'}.`,
  anotherWindowTypes: 'Another window of yours is typing, this one is watching.',
  types: (name) => `${name} is typing, you are watching.`,
  lookOnly: 'You may look at this terminal, not type.',
  mayObject: (name, seconds) => `${name} has ${seconds} s to object.`,
  takingIsAtOnce: 'Taking control is at once, and on the record.',
  takingAsks: (name) => `Taking control asks ${name} for 10 s, then is yours. It is on the record.`,
  nobodyInControl: 'Nobody is in control.',

  // the connection
  notYet: 'not yet',
  notNow: 'not now',
  notRecorded: (why) => `The terminal is not recorded now: ${why}`,
  toTheEnd: 'the end',
  ended: 'The session has ended. This is its record.',
  ends: {
    stopped: 'It was stopped.',
    panic: 'A panic stop ended it.',
    expired: 'Its time was over.',
    idle: 'Nothing happened in it for too long.',
    revoked: 'The rights to it were taken away.',
    worker_lost: 'The hub was restarted, and the terminal with it. Start a new one.',
  },
  endedWith: (code) => `The program ended with code ${code}.`,
  denied: 'You may not see this session any more.',
  signedOut: 'You are signed out. Sign in to go on.',
  offline: (time) => `Offline. Showing the record up to ${time}.`,
  lost: (time) => `Connection lost. Showing the record up to ${time}. It comes back by itself.`,
  queued: 'In the queue. The terminal begins when a slot is free.',
  queuedAt: (place) => `In the queue, position ${place}. The terminal begins when a slot is free.`,
  starting: 'The terminal is starting.',

  // what did not work
  unsent: {
    offline: 'Not sent: the terminal is not connected.',
    lost: 'The connection was lost while you typed. The last keys may not have arrived.',
    watching: 'Not sent: you are watching. Take control to type.',
    full: 'Not sent: too much is waiting for the terminal already.',
  },
  notSent: 'Not sent.',
  noClipboard: 'The browser does not give the clipboard to this page. Hold and paste instead.',
  notCopied: 'Not copied: the browser does not let this page.',
  refused: 'The hub refused it.',
  cutOff: (why, bytes) => `${why} What was sent is cut off: its last ${number.format(bytes)} bytes were not typed.`,
  noNotices: 'This browser shows no notifications of a page.',
  mayNotNotify: 'The browser does not let this page notify.',
  mayNotHear: 'The browser does not let this page hear.',
  notUnderstood: 'Nothing was understood.',
  noAnswerInTime: 'The hub did not answer in time.',
  unreachable: 'The hub cannot be reached.',
  answered: (status) => `The hub answered ${status}.`,

  // pasting
  pasteOneLine: 'Paste a line that runs at once?',
  pasteLines: (count) => `Paste ${number.format(count)} lines?`,
  pasteOdd: 'Paste text with control characters?',
  pasteOddLines: (count) => `Paste ${number.format(count)} lines with control characters?`,
  moreLines: (count) => `… ${number.format(count)} more`,
  tooManyLines: (count, most) => `Not pasted: ${number.format(count)} lines. A terminal takes ${number.format(most)} at once. Put them into a file of the workspace.`,
  tooManyBytes: 'Not pasted: more than 1 MiB. Put it into a file of the workspace.',
  pasteOddElsewhere: 'Not pasted: there are control characters in it. Open the session in ControlChat to paste it.',
  pasteOneByOne: 'Several lines would run at once here. Paste them one by one, or open the session in ControlChat.',

  // the record
  framesMissing: (from, to) => `Frames ${from} to ${to} are missing here.`,
  typed: (text) => `typed: ${text}`,
  sessionEnded: 'The session ended.',
  readingRecord: (count) => `Reading the record: ${count} frames.`,
  nothingPrinted: 'Nothing was printed yet.',
  recordCut: (time) => `The record is longer than a browser can play. It is cut at ${time}; a download has all of it.`,
  recordNotRead: (why) => `The record could not be read. ${why}`,
  position: (at, length, time) => `${at} of ${length}, at ${time}`,
  play: 'Play',
  pause: 'Pause',

  // notices of the browser
  sessionHasEnded: 'The session has ended',
  sessionHasEndedIn: (title, reason) => (reason ? `${title}: ${reason.replaceAll('_', ' ')}.` : `${title}.`),

  // the embedded page
  states: {
    signed_out: 'Waiting for the application around this frame',
    connecting: 'Connecting',
    queued: 'In the queue',
    starting: 'Starting',
    running: 'Running',
    waiting_for_approval: 'Waits for approval',
    idle: 'Idle',
    ended: 'Ended',
  },
  links: { connecting: 'connecting …', waiting: 'connection lost, trying again', live: '', none: '' },
  exit: (code) => `exit ${code}`,
  asksToType: (name) => `${name} asks to type.`,
  youType: 'You are typing.',
  youWatch: 'You are watching.',
  keepControl: 'Keep control',
  takeControl: 'Take control',
};
