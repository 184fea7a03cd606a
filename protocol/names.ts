/** Characters in a name that nobody sees, or that change how the text around it reads. */
const unseen = [
  String.raw`\p{Cc}`, // controls
  String.raw`\p{Cs}`, // unpaired surrogates
  String.raw`\p{Cf}`, // zero-width spaces and joiners, soft hyphens, marks and overrides of direction, tags
  String.raw`\u2028\u2029`, // separators of lines and paragraphs
  String.raw`\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0`, // fillers that look like nothing
].join('')
const unseenCharacter = new RegExp(`[${unseen}]`, 'gu')

/** Scripts that are written with joiners between letters. */
const joiningScripts = [
  ...['Arabic', 'Devanagari', 'Bengali', 'Gurmukhi', 'Gujarati', 'Oriya'],
  ...['Tamil', 'Telugu', 'Kannada', 'Malayalam', 'Sinhala'],
].map(script => String.raw`\p{Script=${script}}`)
const letter = `[${joiningScripts.join('')}]`
const emoji = String.raw`(?:\p{Extended_Pictographic}|\p{Emoji_Modifier}|\ufe0f)`
/** Joiners that join something: in those scripts, and in emoji such as a family. */
const usedJoiner = new RegExp(
  String.raw`(?<=${letter})[\u200c\u200d](?=${letter})|(?<=${emoji})\u200d(?=\p{Extended_Pictographic})`,
  'gu',
)

/** Whether everything in a name can be seen, and reads where it stands. */
export function isVisibleName(name: string): boolean {
  return name.replace(usedJoiner, '').search(unseenCharacter) === -1
}

/** The same name without what cannot be seen; may be empty. */
export function visibleName(name: string): string {
  return isVisibleName(name) ? name : name.replace(unseenCharacter, '').trim()
}
