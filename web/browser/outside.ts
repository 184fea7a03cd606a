/** How an address outside of this page is opened where the browser may not do it; null: the browser does. */
let opener: ((url: string) => void) | null = null

/** From now on addresses outside are opened by whoever frames this page. */
export function openOutsideBy(open: (url: string) => void): void {
  opener = open
}

/** Opens it where the browser itself may not; returns whether that was so. */
export function openOutside(url: string): boolean {
  opener?.(url)
  return opener !== null
}
