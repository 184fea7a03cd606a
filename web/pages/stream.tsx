import { type ReactElement, useEffect, useRef, useState } from 'react'
import type { FrameLink } from '../room/frameLink.ts'
import { openFrameStream } from '../room/frameStream.ts'
import { errorMessage } from '../text/t.ts'
import './stream.css'

/** How the picture lies on the page, as its address says: `?fit=cover&background=transparent`. */
export function readLook(search: string): { readonly fit: 'contain' | 'cover'; readonly isTransparent: boolean } {
  const said = new URLSearchParams(search)
  return {
    fit: said.get('fit') === 'cover' ? 'cover' : 'contain',
    isTransparent: said.get('background') === 'transparent',
  }
}

/** One frame of a room alone, as it is painted: for OBS, projectors and other programs that show a page. */
export function StreamPage({ link }: { link: FrameLink }): ReactElement {
  const canvas = useRef<HTMLCanvasElement>(null)
  const [message, setMessage] = useState<string | null>(null)
  const { fit, isTransparent } = readLook(location.search)

  useEffect(() => {
    document.documentElement.dataset['stream'] = isTransparent ? 'transparent' : 'black'
    return openFrameStream(link, {
      shown(picture) {
        const { width, height } = picture
        const shown = canvas.current!
        if (shown.width !== width || shown.height !== height) Object.assign(shown, { width, height })
        shown.getContext('2d')!.drawImage(picture, 0, 0)
        picture.close()
        shown.dataset['shown'] = 'true'
      },
      ended: error => setMessage(errorMessage(error.payload)),
    })
  }, [link, isTransparent])

  return (
    <main className="stream">
      {message === null ? (
        <canvas ref={canvas} style={{ objectFit: fit }} width={1} height={1} />
      ) : (
        <p role="alert">{message}</p>
      )}
    </main>
  )
}
