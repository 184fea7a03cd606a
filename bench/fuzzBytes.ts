import { Random } from '../onnx/optim/random.ts'

/** Chance from a seed, and what it makes of bytes. */
export function createMutator(seed: number) {
  const random = new Random(seed)
  const number = (below: number) => random.word() % below
  const choose = <T>(all: readonly T[]): T => all[number(all.length)]!
  const bytes = (length: number) => Buffer.from(Array.from({ length }, () => number(256)))

  /** One to four changes: a bit, a byte, a piece cut out, doubled or made of chance, an end cut off. */
  function mutate(from: Uint8Array): Buffer {
    let made = Buffer.from(from)
    for (let left = 1 + number(4); left > 0 && made.length > 0; left--) {
      const at = number(made.length)
      const length = Math.min(1 + number(16), made.length - at)
      const piece = made.subarray(at, at + length)
      switch (number(6)) {
        case 0:
          made[at]! ^= 1 << number(8)
          break
        case 1:
          made[at] = choose([0, 1, 0x7f, 0x80, 0xff])
          break
        case 2:
          made = Buffer.concat([made.subarray(0, at), made.subarray(at + length)])
          break
        case 3:
          made = Buffer.concat([made.subarray(0, at), piece, piece, made.subarray(at + length)])
          break
        case 4:
          made = Buffer.concat([made.subarray(0, at), bytes(length), made.subarray(at + length)])
          break
        default:
          made = Buffer.from(made.subarray(0, at))
      }
    }
    return made
  }
  return { number, choose, bytes, mutate }
}
