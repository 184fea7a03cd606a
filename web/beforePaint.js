// Runs before the first paint, so that a chosen theme or language never flashes. Served as a file: the page has no inline
// scripts. What there is of each language is named by the page itself (web/languageFiles.ts).
;(() => {
  const root = document.documentElement
  const stored = key => {
    try {
      return localStorage.getItem(`fourstroke.${key}`)
    } catch {
      // A browser that forbids storage: theme and language follow the system.
      return null
    }
  }
  const theme = stored('theme')
  if (theme === 'light' || theme === 'dark') root.dataset.theme = theme

  const files = JSON.parse(document.currentScript.dataset.languages)
  const spoken = [stored('language') ?? '', ...navigator.languages].map(locale => locale.toLowerCase().split('-')[0])
  root.lang = spoken.find(language => Object.hasOwn(files, language)) ?? 'en'
  for (const file of files[root.lang]) {
    document.head.append(
      Object.assign(document.createElement('link'), { rel: 'modulepreload', crossOrigin: '', href: file }),
    )
  }
})()
