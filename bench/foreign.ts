/**
 * What becomes of model folders and LoRA files of other programs: `npm run bench:foreign` makes small ones of every kind
 * that people bring, tries each, and prints two tables. The tests check the same lists.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { importStyle } from '../engine/lora/styleFile.ts'
import { UserError } from '../protocol/errors.ts'
import { folders } from '../test/support/foreign/folders.ts'
import { type LoraCase, layout, loraFiles } from '../test/support/foreign/loraFiles.ts'
import { tryFolder } from '../test/support/foreign/trial.ts'

const place = mkdtempSync(join(tmpdir(), 'foreign-'))
/** Long paths of this machine say nothing to a reader. */
const short = (text: string) => text.replaceAll(`${place}/trial`, '…').replaceAll(place, '…').replaceAll('|', '\\|')

try {
  console.log('| model folder | what becomes of it | from the picture that it should paint | what is said | cure |')
  console.log('| --- | --- | --- | --- | --- |')
  for (const each of folders) {
    const trial = await tryFolder(each, place)
    const cells = trial.works
      ? ['paints', Number.isNaN(trial.apart) ? '' : trial.apart.toFixed(4), trial.ignored.join(' '), '']
      : ['refused', '', trial.says, trial.hint ?? '']
    console.log(`| ${[each.name, ...cells].map(short).join(' | ')} |`)
  }
  console.log('\n| LoRA file | what becomes of it | what is said | cure |\n| --- | --- | --- | --- |')
  for (const each of loraFiles) console.log(`| ${[each.name, ...outcomeOf(each)].map(short).join(' | ')} |`)
} finally {
  rmSync(place, { recursive: true, force: true })
}

function outcomeOf({ bytes, config }: LoraCase): string[] {
  try {
    return ['imported', importStyle(bytes, layout, config).notes.join(' '), '']
  } catch (error) {
    if (!(error instanceof UserError)) throw error
    return ['refused', error.message, error.hint ?? '']
  }
}
