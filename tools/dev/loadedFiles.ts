/** Which files a program loads, and when one of them changes. */
import { readFileSync, watch } from 'node:fs'
import { basename, dirname, join } from 'node:path'

// `import … from './x.ts'`, `export … from`, `import('./x.ts')`.
const relativeImport = /(?:\bfrom|\bimport)\s*\(?\s*(['"])(\.{1,2}\/[^'"]*)\1/g

/** Paths of the entry and of every file that it imports, directly or not. */
export function filesLoadedBy(entry: string): Set<string> {
  const found = new Set<string>()
  const visit = (file: string): void => {
    if (found.has(file)) return
    found.add(file)
    for (const [, , path] of textOf(file).matchAll(relativeImport)) visit(join(dirname(file), path!))
  }
  visit(entry)
  return found
}

/** Folders are watched, not files: most editors put a new file in the place of the old one. Returns what stops it. */
export function watchLoadedFiles(entry: string, onChange: (file: string) => void): () => void {
  let watched = new Map<string, string>()
  let folders: (() => void)[] = []

  function look(): void {
    for (const stop of folders) stop()
    watched = new Map([...filesLoadedBy(entry)].map(file => [file, textOf(file)]))
    folders = [...new Set([...watched.keys()].map(dirname))].map(folder => {
      const watcher = watch(folder, (_event, name) => name !== null && onEvent(join(folder, basename(name))))
      return () => watcher.close()
    })
  }

  function onEvent(file: string): void {
    const text = textOf(file)
    // An empty file is one that is being written.
    if (text === '' || (watched.get(file) ?? text) === text) return
    look()
    onChange(file)
  }

  look()
  return () => {
    for (const stop of folders) stop()
  }
}

/** Empty for a file that is not there. */
function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}
