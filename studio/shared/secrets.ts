import { createHash, randomBytes } from 'node:crypto'

/** Where ids, secrets and seeds come from; tests hand in their own. */
export type Random = (bytes: number) => Uint8Array
/** The random bytes of the operating system. */
export const systemRandom: Random = randomBytes

/** 128 random bits, base64url: 22 characters that fit a link, a cookie and a Discord button. */
export function newSecret(random: Random): string {
  return Buffer.from(random(16)).toString('base64url')
}

/** An id has the shape of a secret: it cannot be guessed, and two programs do not invent the same. */
export function newId<Id extends string>(random: Random): Id {
  return newSecret(random) as Id // the brand says whose id it is; it has no other content
}

/** 0 … 2³²−1 */
export function newSeed(random: Random): number {
  return Buffer.from(random(4)).readUInt32LE()
}

/** How a secret is stored: with 128 random bits in it, a plain hash cannot be searched backwards. */
export function hashSecret(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}
