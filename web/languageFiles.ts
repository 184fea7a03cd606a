import type { Plugin } from 'vite'
import { languages } from '../language/languages.ts'

/**
 * Names in the page, for web/beforePaint.js, the files that its texts lie in by language: they are fetched beside the
 * program, not after it. While the page is developed nothing is fetched ahead.
 */
export function languageFiles(): Plugin {
  return {
    name: 'language-files',
    transformIndexHtml: {
      order: 'post',
      handler(html, { bundle = {} }) {
        const chunks = Object.values(bundle).filter(file => file.type === 'chunk')
        const filesOf = (language: string) =>
          [`/language/page/${language}/first.ts`, `/language/errors/${language}.ts`].flatMap(source =>
            chunks
              .filter(({ facadeModuleId }) => facadeModuleId?.endsWith(source))
              .map(({ fileName }) => `/${fileName}`),
          )
        const files = Object.fromEntries(languages.map(language => [language, filesOf(language)]))
        return html.replace(/(?=src="\/(?:assets\/)?beforePaint\b)/, `data-languages='${JSON.stringify(files)}' `)
      },
    },
  }
}
