import { readdir, readFile, writeFile } from 'node:fs/promises'
import { extname, join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, gzip } from 'node:zlib'
import type { Plugin } from 'vite'

/** Smaller files are not worth a second name. */
const minBytes = 1024
const compressible: ReadonlySet<string> = new Set(['.js', '.css', '.html', '.svg'])

/** Writes `file.br` and `file.gz` beside each built file, so that the server never compresses while somebody waits. */
export function compressPages(): Plugin {
  let folder = ''
  return {
    name: 'compress-pages',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir)
    },
    async closeBundle() {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        const file = join(entry.parentPath, entry.name)
        if (entry.isFile() && compressible.has(extname(entry.name))) await compress(file)
      }
    },
  }
}

async function compress(file: string): Promise<void> {
  const bytes = await readFile(file)
  if (bytes.length < minBytes) return
  await writeFile(`${file}.br`, await promisify(brotliCompress)(bytes))
  await writeFile(`${file}.gz`, await promisify(gzip)(bytes, { level: 9 }))
}
