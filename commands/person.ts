import { readdir } from 'node:fs/promises'
import { basename, dirname, resolve } from 'node:path'
import { createInterface } from 'node:readline/promises'
import type { Config } from '../config.ts'
import { openPersonalData, type PersonalData } from '../studio/personalData/index.ts'
import type { Person } from '../studio/studio.ts'

/** Erases a person, after asking. */
export async function erase(reference: string, options: { yes?: boolean }, config: Config): Promise<void> {
  await withPerson(reference, config, async (data, person) => {
    if (!options.yes && !(await confirm(`Erase ${describe(person)} and everything that is theirs alone?`))) return
    const { pictures, styles, rooms, sharedRooms } = await data.erase(person.id)
    console.log(`Erased ${describe(person)}: ${pictures} pictures, ${styles} styles, ${rooms} rooms.`)
    if (sharedRooms > 0) console.log(`In ${sharedRooms} rooms of others what they drew stays, without a name.`)
    const copies = await oldCopies(config)
    if (copies.length > 0) {
      console.log(`Copies from before updates still hold them; delete them when you can: ${copies.join(', ')}`)
    }
    console.log('Backups that you have made still hold them too.')
  })
}

/** Writes everything about a person into a folder. */
export async function exportPerson(reference: string, folder: string, config: Config): Promise<void> {
  await withPerson(reference, config, async (data, person) => {
    const { pictures, styles, rooms } = await data.export(person.id, resolve(folder))
    console.log(`Wrote ${describe(person)} to ${folder}: ${pictures} pictures, ${styles} styles, ${rooms} rooms.`)
  })
}

async function withPerson(
  reference: string,
  { databaseUrl, dataFolder, bucket }: Config,
  work: (data: PersonalData, person: Person) => Promise<void>,
): Promise<void> {
  const data = await openPersonalData({ databaseUrl, dataFolder, bucket })
  try {
    await work(data, await data.find(reference))
  } finally {
    await data.close()
  }
}

function describe({ name, id, discordId }: Person): string {
  return `${name} (${discordId === null ? `guest ${id}` : `Discord ${discordId}`})`
}

/** Databases that were kept from before migrations. */
async function oldCopies({ databaseUrl }: Config): Promise<string[]> {
  if (!databaseUrl.startsWith('file:')) return []
  const path = databaseUrl.slice('file:'.length)
  return (await readdir(dirname(path))).filter(name => name.startsWith(`${basename(path)}.before-`))
}

async function confirm(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim())
  } finally {
    terminal.close()
  }
}
