/** Width × height × RGB, 8 bits, row by row from the top, no padding. */
export interface Rgb {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}
