import { randomBytes } from 'node:crypto'
import type { Stats } from 'node:fs'
import { access, constants, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { makeFolder } from '../prisma/makeFolder.ts'
import { type ErrorCode, UserError } from '../protocol/errors.ts'

/** What a file on the command line is for, as its errors say it. */
export interface NamedFile {
  readonly code: ErrorCode
  /** What to do instead, such as "name a PNG, JPEG or WebP file". */
  readonly hint: string
  readonly maxBytes: number
}

/**
 * The bytes of a file that is named on the command line. Devices, pipes and folders are refused before they are opened:
 * `/dev/zero` never ends, and a pipe waits for somebody who writes.
 */
export async function readNamed(file: string, { code, hint, maxBytes }: NamedFile): Promise<Uint8Array> {
  const { size } = await checkInput(file, { code, hint })
  if (size > maxBytes) {
    const reason = `it has ${megabytes(size)} of at most ${megabytes(maxBytes)} MB`
    throw new UserError(code, `${file} cannot be read, ${reason}: ${hint}.`)
  }
  return readFile(file).catch((cause: unknown) => {
    throw new UserError(code, `${file} cannot be read: ${hint}.`, { cause })
  })
}

/** The first bytes of a file that is named on the command line, at most so many. */
export async function readStart(file: string, named: Omit<NamedFile, 'maxBytes'>, bytes: number): Promise<Uint8Array> {
  const { size } = await checkInput(file, named)
  const start = Buffer.alloc(Math.min(bytes, size))
  const opened = await open(file).catch((cause: unknown) => {
    throw new UserError(named.code, `${file} cannot be read: ${named.hint}.`, { cause })
  })
  const { bytesRead } = await opened.read(start).finally(() => opened.close())
  return start.subarray(0, bytesRead)
}

/** Throws unless it is a file that ends. */
export async function checkInput(file: string, { code, hint }: Omit<NamedFile, 'maxBytes'>): Promise<Stats> {
  const found = await stat(file).catch((cause: unknown) => {
    throw new UserError(code, `${file} cannot be read: ${hint}.`, { cause })
  })
  if (!found.isFile()) throw new UserError(code, `${file} cannot be read, it is ${kindOf(found)}: ${hint}.`)
  return found
}

/** Throws unless a file can be written there: a new one, or over one that there is. Nothing is left of the try. */
export async function checkOutput(file: string): Promise<void> {
  const found = await stat(file).catch(() => null)
  // The null device and a terminal are files too.
  if (found && !found.isFile() && !found.isCharacterDevice()) throw unwritable(file, `it is ${kindOf(found)}`)
  const trying = found ? access(file, constants.W_OK) : tryFolder(dirname(file))
  await trying.catch((cause: Error) => {
    throw unwritable(file, cause.message, cause)
  })
}

/** Writes a file that is named on the command line; a disk may have become full since it was checked. */
export async function writeNamed(file: string, bytes: Uint8Array): Promise<void> {
  await writeFile(file, bytes).catch((cause: Error) => {
    throw unwritable(file, cause.message, cause)
  })
}

function unwritable(file: string, reason: string, cause?: unknown): UserError {
  return new UserError('options/invalid', `${file} cannot be written (${reason}): name another file.`, { cause })
}

/** Makes a folder if it is missing. Throws unless files can be written there. */
export async function checkOutputFolder(folder: string): Promise<void> {
  await tryNewFolder(folder).catch((cause: Error) => {
    const message = `The folder ${folder} cannot be written (${cause.message}): name another.`
    throw new UserError('options/invalid', message, { cause })
  })
}

/** The same for the data folder, before anything else is started. */
export async function checkDataFolder(folder: string): Promise<void> {
  await tryNewFolder(folder).catch((cause: Error) => {
    const message = `The data folder ${folder} cannot be written (${cause.message}): set FOURSTROKE_DATA to one that can.`
    throw new UserError('data/unwritable', message, { cause })
  })
}

async function tryNewFolder(folder: string): Promise<void> {
  makeFolder(folder)
  await tryFolder(folder)
}

/** Permissions do not tell the whole truth: some file systems take no files at all. */
async function tryFolder(folder: string): Promise<void> {
  const trial = join(folder, `.fourstroke-${randomBytes(8).toString('hex')}`)
  const file = await open(trial, 'wx')
  await file.close()
  await rm(trial)
}

function kindOf(found: Stats): string {
  if (found.isDirectory()) return 'a folder'
  if (found.isFIFO()) return 'a pipe'
  return found.isSocket() ? 'a socket' : 'a device'
}

function megabytes(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(1)
}
