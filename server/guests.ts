import { randomInt } from 'node:crypto'
import type { Person, Studio } from '../studio/studio.ts'

/** A guest is known by a cookie alone; the studio keeps only the hash of its secret. */
const cookieName = 'fourstroke_guest'
const year = 365 * 24 * 60 * 60

export interface Guests {
  /** Whoever sent this `Cookie` header, or null. */
  find(cookies: string | undefined): Promise<Person | null>
  /** A new guest and the `Set-Cookie` header that makes the browser remember them. */
  welcome(): Promise<{ readonly person: Person; readonly cookie: string }>
}

export function createGuests(studio: Studio, options: { readonly isSecure: boolean }): Guests {
  return {
    async find(cookies) {
      const secret = readCookie(cookies, cookieName)
      return secret === null ? null : studio.people.fromSecret(secret)
    },
    async welcome() {
      const { person, secret } = await studio.people.newGuest(drawName())
      const secure = options.isSecure ? '; Secure' : ''
      return { person, cookie: `${cookieName}=${secret}; Path=/; Max-Age=${year}; HttpOnly; SameSite=Lax${secure}` }
    },
  }
}

export function readCookie(header: string | undefined, name: string): string | null {
  for (const pair of (header ?? '').split(';')) {
    const [key, value] = pair.split('=', 2)
    if (key?.trim() === name && value) return value.trim()
  }
  return null
}

/** A name to begin with; everybody may choose their own. */
function drawName(): string {
  return `${tempers[randomInt(tempers.length)]} ${animals[randomInt(animals.length)]}`
}

const tempers = ['Quiet', 'Bold', 'Merry', 'Gentle', 'Curious', 'Swift', 'Sunny', 'Patient', 'Bright', 'Calm', 'Lucky']
const animals = ['Heron', 'Otter', 'Fox', 'Wren', 'Lynx', 'Hare', 'Owl', 'Seal', 'Finch', 'Badger', 'Newt', 'Crane']
