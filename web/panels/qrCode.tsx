import qrcode from 'qrcode-generator'
import type { ReactElement } from 'react'

/** Light modules around the code, as cameras need them. */
const quiet = 3

/** A link to be read by the camera of a phone or tablet; dark on light in every theme. */
export function QrCode({ link, label }: { link: string; label: string }): ReactElement {
  const code = qrcode(0, 'M')
  code.addData(link)
  code.make()
  const count = code.getModuleCount()
  const rows = Array.from({ length: count }, (_, y) =>
    Array.from({ length: count }, (_, x) => (code.isDark(y, x) ? `M${x} ${y}h1v1h-1z` : '')).join(''),
  )
  const side = count + 2 * quiet
  return (
    <svg className="qr" viewBox={`${-quiet} ${-quiet} ${side} ${side}`} role="img" aria-label={label}>
      <title>{label}</title>
      <rect x={-quiet} y={-quiet} width={side} height={side} fill="#ffffff" />
      <path d={rows.join('')} fill="#1f2430" shapeRendering="crispEdges" />
    </svg>
  )
}
