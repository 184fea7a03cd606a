import type { ReactElement, ReactNode } from 'react'

/** A text of the tables with `<b>`, `<kbd>` or one `<a>` in it, which leads to `href`. */
export function Marked({ children, href }: { children: string; href?: string }): ReactElement {
  const parts = children.matchAll(/<(b|kbd|a)>(.*?)<\/\1>|[^<]+|</g)
  return (
    <>{[...parts].map(([text, mark, inner], index) => element(mark, { key: index, children: inner ?? text, href }))}</>
  )
}

function element(
  mark: string | undefined,
  { key, children, href }: { key: number; children: string; href?: string | undefined },
): ReactNode {
  switch (mark) {
    case 'b':
      return <b key={key}>{children}</b>
    case 'kbd':
      return <kbd key={key}>{children}</kbd>
    case 'a':
      return (
        <a key={key} href={href}>
          {children}
        </a>
      )
    default:
      return children
  }
}
