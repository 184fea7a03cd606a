/**
 * Keeps the browser from taking a quick drag on `element` for a fling: Chromium would hold the next tap, wherever it lands,
 * for the one that ends the fling, and no button would hear of it. `touch-action: none` alone does not do that.
 *
 * @param isExempt what is left to the browser, as lists that scroll
 * @returns takes the listener away
 */
export function preventFlings(
  element: HTMLElement,
  isExempt: (event: TouchEvent) => boolean = () => false,
): () => void {
  const stop = new AbortController()
  element.addEventListener('touchmove', event => isExempt(event) || event.preventDefault(), {
    ...{ signal: stop.signal, passive: false },
  })
  return () => stop.abort()
}
