// Runs before the first paint, so that a chosen theme never flashes. Served as a file: the page has no inline scripts.
;(() => {
  try {
    const theme = localStorage.getItem('fourstroke.theme')
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme
  } catch {
    // A browser that forbids storage: the theme follows the system.
  }
})()
