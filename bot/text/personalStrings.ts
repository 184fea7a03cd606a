import { counted } from './counted.ts'

/** The words of `/me` and `/info`. */
export const personalStrings = {
  me: {
    title: (name: string) => `## ${name} in this studio`,
    pages: {
      pictures: { label: 'My pictures', description: 'Newest first' },
      styles: { label: 'My styles', description: 'What I have taught' },
      defaults: { label: 'My defaults', description: 'Size and style when I name none' },
      data: { label: 'My data', description: 'What is stored; take it along or delete it' },
    },
    choosePage: 'What do you want to see?',
    noPictures: 'No pictures yet: /imagine paints one.',
    pictures: (first: number, last: number, total: number) => `Pictures ${first} to ${last} of ${total}`,
    picture: (prompt: string) => `Painted: ${prompt}`,
    older: 'Older',
    newer: 'Newer',
    size: (size: string) => `**Size**  ${size}`,
    style: (style: string) => `**Style**  ${style}`,
    modelSize: "The model's size",
    noStyle: 'No style',
    chooseSize: 'Size of my pictures when I name none',
    chooseStyle: 'Style of my pictures when I name none',
    defaultsNote: 'What a request names comes first. In a server, its own defaults come after yours.',
    stored: ({ pictures, styles, rooms, megabytes, since }: StoredWords) =>
      `**Stored**  ${counted(pictures, 'picture')}, ${counted(styles, 'style')}, ${counted(rooms, 'room')}, ${megabytes} MB of images, since ${since}`,
    what: [
      'Your Discord id and name, and in which servers you have used a command.',
      'Of each picture: the prompt, the options, the picture, and what you attached, without its metadata.',
      'Of each style: your pictures, their captions, and what was learned. Of each room: its name and what was drawn.',
      'Reports, and what was refused or stopped, as an audit.',
    ],
    notStored: 'Never stored: other messages, member lists, avatars, e-mail addresses.',
    export: 'Take all of it along',
    exported: 'Everything that is stored of you, as a zip. The link is yours alone, and good for a day.',
    exportedFile: 'Everything that is stored of you:',
    exportLarge:
      'It is more than Discord takes as a file, and this studio has no address: ask whoever runs it to export it.',
    download: 'Download',
    erase: 'Delete all of it',
    confirm:
      'Delete everything that is stored of you, for good? Pictures, styles, rooms that nobody else has been in, your name and your defaults go at once. What you have drawn in rooms of others stays there without your name. Messages in Discord are not deleted by this.',
    eraseForGood: 'Delete for good',
    keep: 'Keep it',
    erased: (pictures: number, styles: number, rooms: number) =>
      `Deleted: ${counted(pictures, 'picture')}, ${counted(styles, 'style')}, ${counted(rooms, 'room')}, and who you are. If you use a command again, you begin anew.`,
  },
  info: {
    title: (model: string) => `## ${model}`,
    queue: (running: number, queued: number) =>
      running + queued === 0
        ? '**Queue**  empty: what you ask for is painted at once'
        : `**Queue**  ${running} being painted, ${queued} waiting`,
    learning: (count: number) => `**Teaching**  ${count} ${count === 1 ? 'style' : 'styles'} in line`,
    model: (steps: number, device: string) => `**Model**  ${steps} steps by default, on ${device}`,
    sizes: (normal: string, min: number, max: number, multiple: number) =>
      `**Sizes**  ${normal} by default, ${min} to ${max} pixels in steps of ${multiple}`,
    limits: (characters: number, pictures: number) =>
      `**Limits**  prompts of ${characters} characters, ${pictures} pictures at a time`,
    here: (limits: string) => `**For you here**  ${limits}`,
    perHour: (count: number) => `${count} pictures per hour`,
    concurrent: (count: number) => `${count} at once`,
    maxSide: (pixels: number) => `up to ${pixels} pixels on a side`,
    coolDown: (seconds: number) => `${seconds} s between requests`,
    checks: 'Finished pictures are checked before anybody sees them.',
    words: 'Some words are not painted here.',
    privacy:
      '**Privacy**  I read no messages. What you ask for and what comes of it is stored in this studio alone; `/me` shows it, takes it along, or deletes it.',
    commands:
      '`/imagine` paints · `/style` teaches · `/canvas` draws together · `/me` is yours · right-click a message, Apps, Report',
  },
} as const

interface StoredWords {
  readonly pictures: number
  readonly styles: number
  readonly rooms: number
  readonly megabytes: string
  /** A date. */
  readonly since: string
}
