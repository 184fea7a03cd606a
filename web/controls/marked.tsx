import type { ReactElement } from 'react'

/** A text of the tables with `<b>` and `<kbd>` in it. */
export function Marked({ children }: { children: string }): ReactElement {
  return (
    <>
      {[...children.matchAll(/<(b|kbd)>(.*?)<\/\1>|[^<]+|</g)].map(({ index, 0: text, 1: Tag, 2: inner }) =>
        Tag === 'b' ? <b key={index}>{inner}</b> : Tag === 'kbd' ? <kbd key={index}>{inner}</kbd> : text,
      )}
    </>
  )
}
