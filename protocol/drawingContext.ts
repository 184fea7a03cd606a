/** What is drawn on: the part of a Canvas 2D context that browser and server both have. */
export interface DrawingContext<Picture> {
  fillStyle: unknown
  strokeStyle: unknown
  lineWidth: number
  lineJoin: string
  globalAlpha: number
  globalCompositeOperation: string
  save(): void
  restore(): void
  translate(x: number, y: number): void
  scale(x: number, y: number): void
  rotate(radians: number): void
  getTransform(): Matrix
  setTransform(a: number, b: number, c: number, d: number, e: number, f: number): void
  beginPath(): void
  closePath(): void
  moveTo(x: number, y: number): void
  lineTo(x: number, y: number): void
  quadraticCurveTo(cpx: number, cpy: number, x: number, y: number): void
  ellipse(x: number, y: number, rx: number, ry: number, rotation: number, start: number, end: number): void
  rect(x: number, y: number, width: number, height: number): void
  fill(rule?: 'evenodd'): void
  stroke(): void
  clip(): void
  clearRect(x: number, y: number, width: number, height: number): void
  createLinearGradient(x0: number, y0: number, x1: number, y1: number): Gradient
  createRadialGradient(x0: number, y0: number, r0: number, x1: number, y1: number, r1: number): Gradient
  drawImage(picture: Picture, x: number, y: number, width: number, height: number): void
  drawImage(picture: Picture, ...fromTo: [x: number, y: number, width: number, height: number, ...to: PixelBox]): void
  readonly canvas: { readonly width: number; readonly height: number }
}
type PixelBox = [x: number, y: number, width: number, height: number]
export interface Gradient {
  addColorStop(at: number, color: string): void
}

/** Decoded images by file hash; what is not loaded yet is left out. */
export type Pictures<Picture> = (file: string) => Picture | undefined

/** A canvas to draw on, and the same as a picture to draw with. */
export interface Sheet<Picture> {
  readonly context: DrawingContext<Picture>
  readonly picture: Picture
}

/** What a place that draws has to bring. */
export interface DrawingSupport<Picture> {
  readonly pictures: Pictures<Picture>
  /** An empty canvas of so many pixels. */
  createSheet(width: number, height: number): Sheet<Picture>
}

/** As in `DOMMatrix`: x′ = a·x + c·y + e, y′ = b·x + d·y + f. */
export interface Matrix {
  readonly a: number
  readonly b: number
  readonly c: number
  readonly d: number
  readonly e: number
  readonly f: number
}
