import { limits } from '../../protocol/limits.ts'
import { counted } from './counted.ts'

/** Nobody needs to be told of less. */
const worthSayingMs = 15_000

/** By which a message is known that a program left behind while it loaded its model. */
export const whileLoading = 'Your answer comes as soon as I can.'

/** Every word that the bot says, apart from errors, which all faces share (protocol/errors.ts). */
export const strings = {
  labels: {
    vary: 'Vary',
    reroll: 'Reroll',
    edit: 'Edit prompt',
    canvas: 'Open on canvas',
    cancel: 'Cancel',
    delete: 'Delete',
    retry: 'Retry',
    again: 'Retry',
    use: 'Use for me',
    learn: 'Learn again',
    stoplearn: 'Cancel',
    forget: 'Delete for good',
    keep: 'Keep it',
    pick: 'Look at one of them alone',
    original: 'Original',
  },
  queued: (ahead: number, waitMs: number) =>
    ahead === 0
      ? `Next in the queue${waitMs < worthSayingMs ? '' : `, ${about(waitMs)} here`}.`
      : `In the queue: ${ahead} ahead, ${about(waitMs)}.`,
  painting: (step: number, steps: number) =>
    `Painting: ${'▰'.repeat(step)}${'▱'.repeat(steps - step)} step ${step} of ${steps}`,
  stepped: (step: number, steps: number) => `Painting: step ${step} of ${steps}`,
  paintingMany: (finished: number, count: number, percent: number) =>
    `Painting: ${percent} %, ${finished} of ${count} finished`,
  starting: 'Painting…',
  startingFor: (leftMs: number) => (leftMs < worthSayingMs ? 'Painting…' : `Painting…, ${about(leftMs)} here`),
  left: (leftMs: number) => (leftMs < worthSayingMs ? '' : `, ${about(leftMs)} left`),
  loading: (state: string) => `I am ${state}. ${whileLoading}`,
  loadingRefused: (state: string) => `I am ${state}. Try again then.`,
  cancelled: 'Cancelled.',
  removed: 'These pictures are not here any more.',
  partly: (finished: number, count: number) => `${finished} of ${count} are finished.`,
  unknownWords: (words: string) => `This model does not know ${words}. It paints the rest.`,
  unread: (words: string) => `The prompt is longer than the model reads: it leaves out “${words}”.`,
  recipe: {
    seed: (first: number, last: number) => (first === last ? `seed ${first}` : `seeds ${first} to ${last}`),
    steps: (steps: number) => (steps === 1 ? '1 step' : `${steps} steps`),
    guidance: (guidance: number) => `guidance ${guidance}`,
    size: (width: number, height: number) => `${width} × ${height}`,
    strength: (strength: number) => `over an image, strength ${strength}`,
    time: (ms: number) => `${(ms / 1000).toFixed(1)} s`,
    style: (name: string, weight: number) => (weight === 1 ? `in ${name}` : `in ${name} × ${weight}`),
  },
  pictureNumber: (number: number) => `Picture ${number}`,
  picture: (prompt: string) => `Painted: ${prompt}`,
  original: (size: string) => `As it was painted, ${size}:`,
  preview: (prompt: string) => `Still being painted: ${prompt}`,
  room: {
    open: (name: string) => `**${name}** is open. Everyone with the link can draw.`,
    opened: (prompt: string) => `${prompt} is on a canvas now. Everyone with the link can draw.`,
    button: 'Draw together',
    ownButton: 'Open it as me',
  },
  roomOf: (person: string) => `${person}'s room`,
  ownLink: 'For you alone: this link signs you in as who you are here, once, within ten minutes. Do not pass it on.',
  edit: { title: 'Edit the prompt', prompt: 'What to paint', seed: 'Seed (empty: a new one)' },
  size: (said: string) => `"${said}" is not a size: write width x height, for example 128x128.`,
  sizeRange: (
    { width, height }: { width: number; height: number },
    { min, max, multiple }: { min: number; max: number; multiple: number },
  ) =>
    `This model cannot paint ${width} × ${height}: width and height go from ${min} to ${max} in steps of ${multiple}.`,
  sizes: { square: 'Square', wide: 'Wide', tall: 'Tall' },
  seed: (said: string) => `"${said}" is not a seed: use a whole number from 0 to ${limits.maxSeed}, or leave it empty.`,
  style: {
    learning: (name: string, pictures: number) => `Learning ${name} from ${counted(pictures, 'picture')}.`,
    promise: 'The pictures are kept only to learn this style; deleting it deletes them.',
    queued: (ahead: number) => (ahead === 0 ? 'Next in line.' : `In line: ${ahead} ahead.`),
    starting: 'Looking at the pictures…',
    stepped: (step: number, steps: number, secondsLeft: number) => {
      const done = Math.round((12 * step) / Math.max(1, steps))
      return `${'▰'.repeat(done)}${'▱'.repeat(12 - done)} step ${step} of ${steps}, ${about(1000 * secondsLeft)} left`
    },
    step: (step: number, steps: number, secondsLeft: number) =>
      `Learning: step ${step} of ${steps}, ${about(1000 * secondsLeft)} left`,
    preview: (name: string) => `What ${name} paints by now`,
    cancelled: 'Cancelled; what there was before stays.',
    notLearned: (name: string) => `${name} was not learned.`,
    learned: (name: string, pictures: number) => `${name} has learned from ${counted(pictures, 'picture')}.`,
    howToUse: (name: string) => `/imagine style:${name}`,
    before: 'Without the style',
    after: 'With it',
    curve: 'How it was learned',
    beforeSheet: (name: string) => `Example pictures without ${name}`,
    afterSheet: (name: string) => `The same prompts and seeds with ${name}`,
    curveSheet: (name: string) => `The learning curve of ${name}`,
    gone: 'This style is not here any more.',
    missing: (name: string) => `There is no style "${name}", or it is not shared with you.`,
    none: 'No styles yet: teach one with /style learn.',
    more: (count: number) => `and ${count} more`,
    by: (owner: string) => `by ${owner}`,
    unlearned: 'not learned yet',
    version: (number: number) => `version ${number}`,
    pictures: (count: number) => counted(count, 'picture'),
    isLearning: (step: number, steps: number) =>
      steps ? `learning, ${Math.round((100 * step) / steps)} %` : 'waiting to learn',
    sharing: {
      private: 'private',
      everyone: 'shared with everyone',
      here: 'shared with this server',
      elsewhere: 'shared with another server',
    },
    default: 'your default',
    disabled: 'disabled',
    imported: 'imported',
    steps: (made: number, planned: number) => (made < planned ? `${made} of ${planned} steps` : `${made} steps`),
    size: (bytes: number) => kilobytes(bytes),
    otherModel: 'of another model',
    confirm: (name: string, pictures: number) =>
      `Delete ${name}? ${pictures ? `Its ${counted(pictures, 'picture')}, all` : 'All its'} versions and everything learned go at once, for good.`,
    removed: 'Deleted: its pictures, all versions and everything learned.',
    kept: 'Kept.',
    noPictures: 'Attach one to ten pictures to learn from.',
    collected: (name: string, pictures: number) =>
      `${name} has ${counted(pictures, 'picture')} now; \`/style learn\` with its name alone starts learning.`,
    defaultMissing: (name: string | null, why: string) =>
      `This is painted without your usual style${name === null ? '' : ` ${name}`}: ${why} \`/style use\` chooses another.`,
    usingLater: (name: string) =>
      `${name} is the style of your pictures as soon as it is learned; until then they are painted without.`,
    using: (name: string) => `${name} is the style of your pictures now; \`/imagine style:none\` paints without.`,
    usingNone: 'Your pictures have no style now, unless you name one.',
    renamed: (name: string) => `It is called ${name} now.`,
    shared: (name: string, sharing: string) => `${name} is ${sharing} now.`,
    notInServer: 'There is no server here to share it with: say this in a server.',
    restored: (name: string, version: number) => `${name} paints with version ${version} again.`,
    exported: (name: string) => `${name}, for any program that reads LoRA files of this model:`,
    exportLarge: (bytes: number) =>
      `The file has ${kilobytes(bytes)}, more than Discord takes here: get it from the styles panel of the canvas.`,
    withdrawn: (name: string) => `${name} is disabled everywhere.`,
    enabled: (name: string) => `${name} can be used again.`,
    switches: (learning: boolean, sharing: boolean) =>
      `In this server, learning styles is **${learning ? 'on' : 'off'}** and sharing them is **${sharing ? 'on' : 'off'}**.`,
    onlyServers: 'This is a setting of servers: say it in one.',
    noneChoice: 'No style',
  },
  styleFile: {
    large: 'This file is too large: at most 32 MB here. Larger ones go through the styles panel of the canvas.',
    broken: 'This file could not be fetched from Discord: attach it once more.',
  },
  lost: 'I was stopped before I could begin with this, and I am sorry: please ask once more.',
  lostRetry: 'I was stopped before I could begin with this, and I am sorry: press Retry to have it done now.',
  apology: 'Something went wrong on our side, and it has been noted. Please try again.',
} as const

function about(ms: number): string {
  const seconds = Math.max(1, Math.round(ms / 1000))
  return seconds < 90 ? `about ${seconds} s` : `about ${Math.round(seconds / 60)} min`
}

function kilobytes(bytes: number): string {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`
}
