import { posix } from 'node:path'

/** What a folder may import, and the sentence that teaches it. */
export interface Room {
  /** A folder, or a single file. */
  readonly room: string
  /**
   * Folders and files it may import besides itself. A folder stands for all that is in it; in the row of a folder inside
   * it, only for the files that lie directly in it.
   */
  readonly mayImport: readonly string[]
  /** Says why, after "engine/x.ts imports studio/y.ts: ". */
  readonly because: string
}

/** One file that imports another. */
export interface Import {
  readonly from: string
  readonly to: string
}

/** The text of every source file by its path from the root, such as `engine/paint.ts`. */
export type Sources = ReadonlyMap<string, string>

// `import … from './x.ts'`, `export … from`, `import './x.ts'`, `import('./x.ts')` and the type of the same form.
const relativeImport = /(?:\bfrom|\bimport)\s*\(?\s*(['"])(\.{1,2}\/[^'"]*)\1/g
const comment = /\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm

/** All imports from file to file. What is not source (a style sheet, a picture) is left out; a missing file is an error. */
export function importsIn(sources: Sources): Import[] {
  return [...sources].flatMap(([from, text]) =>
    [...text.replace(comment, '').matchAll(relativeImport)]
      .map(([, , path]) => posix.join(posix.dirname(from), path!))
      .filter(to => /\.tsx?$/.test(to) && to !== from)
      .map(to => ({ from, to })),
  )
}

/** A sentence for each import that no row allows: of every room that an import leaves, the row must name where it goes. */
export function forbiddenImports(imports: readonly Import[], rooms: readonly Room[]): Map<Import, string> {
  const forbidden = new Map<Import, string>()
  for (const link of imports) {
    const broken = rooms.find(room => contains(room.room, link.from) && !allows(room, rooms, link.to))
    if (broken) forbidden.set(link, `${link.from} imports ${link.to}: ${broken.because}`)
  }
  return forbidden
}

function allows({ room, mayImport }: Room, rooms: readonly Room[], to: string): boolean {
  const parent = parentOf(room, rooms)
  // What leaves the room around this one is judged by that one's row.
  if (contains(room, to) || (parent !== undefined && !contains(parent, to))) return true
  return mayImport.some(target => (contains(target, room) ? posix.dirname(to) === target : contains(target, to)))
}

function parentOf(room: string, rooms: readonly Room[]): string | undefined {
  const around = rooms.map(other => other.room).filter(other => other !== room && contains(other, room))
  return around.sort((a, b) => b.length - a.length)[0]
}

function contains(folder: string, path: string): boolean {
  return path === folder || path.startsWith(`${folder}/`)
}

/**
 * Groups of nodes that reach each other (strongly connected components of more than one node, Tarjan 1972), each sorted.
 * `nodeOf` says which node a file belongs to: itself, or its folder.
 */
export function circles(imports: readonly Import[], nodeOf: (file: string) => string): string[][] {
  const next = new Map<string, Set<string>>()
  for (const { from, to } of imports) {
    const [a, b] = [nodeOf(from), nodeOf(to)]
    if (a !== b) next.set(a, (next.get(a) ?? new Set()).add(b))
  }
  const index = new Map<string, number>()
  const low = new Map<string, number>()
  const open: string[] = []
  const found: string[][] = []
  const visit = (node: string): void => {
    index.set(node, index.size)
    low.set(node, index.get(node)!)
    open.push(node)
    for (const target of next.get(node) ?? []) {
      if (!index.has(target)) visit(target)
      if (open.includes(target)) low.set(node, Math.min(low.get(node)!, low.get(target)!))
    }
    if (low.get(node) !== index.get(node)) return
    const group = open.splice(open.indexOf(node))
    if (group.length > 1) found.push(group.sort())
  }
  for (const node of next.keys()) if (!index.has(node)) visit(node)
  return found.sort()
}

// What puts the parts of a folder together.
const faces = /(^|\/)index\.ts$|^(bot|server)\/start\.ts$|^studio\/studio\.ts$/

/** The folder that a file belongs to. A folder's face stands above it, and files at the top (main.ts) stand for themselves. */
export function folderOf(file: string): string {
  const folder = posix.dirname(file)
  return folder === '.' || faces.test(file) ? file : folder
}
