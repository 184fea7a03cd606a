import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Plugin } from 'vite'

/**
 * Names a classic script of the page by its content's hash, as Vite does with modules alone: a browser keeps it, and whoever
 * comes back does not wait for the server before the page is read on.
 */
export function hashedScript(name: string): Plugin {
  let folder = ''
  let fileName = ''
  return {
    name: 'hashed-script',
    apply: 'build',
    configResolved(config) {
      folder = config.root
    },
    async buildStart() {
      const source = await readFile(join(folder, `${name}.js`), 'utf8')
      fileName = `assets/${name}-${createHash('sha256').update(source).digest('hex').slice(0, 8)}.js`
      this.emitFile({ type: 'asset', fileName, source })
    },
    transformIndexHtml: html => html.replace(`src="/${name}.js"`, `src="/${fileName}"`),
  }
}
