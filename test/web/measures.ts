/** What is measured of a page as it is seen: what is too small, hidden, in the way or cut off. */
import type { Page } from 'playwright-core'

/** CSS pixels that a finger needs. */
const touchSize = 44

/** What can be pressed or dragged and is smaller than a finger needs, in either direction. */
export function smallTargets(page: Page): Promise<readonly string[]> {
  return page.evaluate(touch => {
    const pressable =
      'button, a[href], input:not([type=file], [type=color], [hidden]), label.switch, label.any, .handle'
    const targets = [...document.querySelectorAll<HTMLElement>(pressable)]
    return targets
      .filter(one => one.offsetParent !== null && one.getBoundingClientRect().width > 0)
      .filter(one => !one.matches('.caption-title, .toast *, .visually-hidden *, .switch input'))
      .map(one => {
        // What is pressed may be larger than what is seen: a handle, a switch.
        const { width, height } = one.getBoundingClientRect()
        const around = getComputedStyle(one, '::after')
        const sides = [Math.max(width, parseFloat(around.width) || 0), Math.max(height, parseFloat(around.height) || 0)]
        return { one, sides: sides.map(Math.round) }
      })
      .filter(({ sides }) => Math.min(...sides) < touch)
      .map(({ one, sides }) => `${one.ariaLabel ?? (one.textContent || one.className)} ${sides.join(' × ')}`)
  }, touchSize)
}

/** Panels that lie over each other, and how many reach beyond the screen. */
export function panelsInTheWay(
  page: Page,
): Promise<{ readonly overlaps: readonly string[]; readonly outside: number }> {
  return page.evaluate(() => {
    const box = (element: Element) => element.getBoundingClientRect()
    const isShown = (element: HTMLElement) => element.offsetParent !== null && box(element).width > 0
    const panels = [...document.querySelectorAll<HTMLElement>('.panel')].filter(isShown)
    const pairs = panels.flatMap((a, index) => panels.slice(index + 1).map(b => [a, b] as const))
    const touching = pairs.filter(([a, b]) => {
      if (a.contains(b) || b.contains(a)) return false
      const [p, q] = [box(a), box(b)]
      return p.left < q.right && q.left < p.right && p.top < q.bottom && q.top < p.bottom
    })
    return {
      overlaps: touching.map(([a, b]) => `${a.className} and ${b.className}`),
      outside: panels.filter(one => box(one).right > innerWidth + 1 || box(one).bottom > innerHeight + 1).length,
    }
  })
}

/**
 * What cannot be pressed in its middle, because something else lies there or it is out of sight. `scrolls`: what can be
 * scrolled to counts as in sight.
 */
export function hiddenTargets(page: Page, selector: string, { scrolls = false } = {}): Promise<readonly string[]> {
  return page.evaluate(
    ([targets, mayScroll]) => {
      const shown = [...document.querySelectorAll<HTMLElement>(targets)].filter(one => one.checkVisibility())
      if (shown.length === 0) return [`nothing is ${targets}`]
      return shown.flatMap(target => {
        if (mayScroll) target.scrollIntoView({ block: 'nearest', inline: 'nearest' })
        const { left, top, width, height } = target.getBoundingClientRect()
        const found = document.elementFromPoint(left + width / 2, top + height / 2)
        if (found !== null && target.contains(found)) return []
        return [`${target.ariaLabel ?? (target.textContent || target.className)} (under ${found?.className})`]
      })
    },
    [selector, scrolls] as const,
  )
}

/** What lies under a panel, or out of the window, in part at least. */
export function underPanels(page: Page, selector: string): Promise<readonly string[]> {
  return page.evaluate(targets => {
    const panels = [...document.querySelectorAll<HTMLElement>('.panel')].filter(one => one.checkVisibility())
    return [...document.querySelectorAll<HTMLElement>(targets)].flatMap(target => {
      const { left, top, right, bottom } = target.getBoundingClientRect()
      const over = panels
        .filter(one => !one.contains(target) && !target.contains(one))
        .filter(one => {
          const box = one.getBoundingClientRect()
          return left < box.right && box.left < right && top < box.bottom && box.top < bottom
        })
        .map(one => one.className)
      if (left < 0 || top < 0 || right > innerWidth || bottom > innerHeight) over.push('the edge of the window')
      return over.map(one => `${target.className} under ${one}`)
    })
  }, selector)
}

/** What is cut off by an edge of the window, or by the dialog that it stands in. */
export const cutOff = (page: Page) =>
  page.evaluate(() => {
    const dialogs = [...document.querySelectorAll<HTMLElement>('[role=dialog], dialog[open]')]
    return dialogs.flatMap(dialog => {
      const frame = dialog.getBoundingClientRect()
      const [left, right] = [Math.max(0, frame.left) - 1, Math.min(innerWidth, frame.right) + 1]
      const isWithin = ({ left: from, right: to }: DOMRect) => from >= left && to <= right
      const texts = [...dialog.querySelectorAll<HTMLElement>('h2, h3, p, label, button, input, select, a, small')]
      const outside = texts.filter(one => {
        const box = one.getBoundingClientRect()
        // What is said in passing lies over the whole window.
        const isToast = one.closest('.toasts') !== null
        const fits = isToast ? box.left >= 0 && box.right <= innerWidth : isWithin(box)
        return box.width > 1 && one.checkVisibility() && !fits
      })
      // Invented names are short; one that a person has chosen may be cut.
      const names = [...dialog.querySelectorAll<HTMLElement>('.member-name, .person-name, small')]
      outside.push(...names.filter(one => one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0))
      if (dialog.scrollWidth > dialog.clientWidth || dialog.scrollLeft !== 0) outside.push(dialog)
      const named = outside.map(one => `${one.tagName} ${one.getAttribute('aria-label') ?? one.textContent}`)
      return isWithin(frame) ? named : [`the dialog ${dialog.getAttribute('aria-label')} itself`, ...named]
    })
  })
