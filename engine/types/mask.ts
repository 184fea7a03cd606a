/**
 * Which pixels may change, one byte each, row by row from the top: 255 (white) is painted anew, 0 (black) stays as it
 * is, and what lies between is a soft edge. As `mask_image` of diffusers.
 */
export interface Mask {
  readonly width: number
  readonly height: number
  readonly data: Uint8Array
}
