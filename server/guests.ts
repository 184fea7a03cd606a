import { randomInt } from 'node:crypto'
import type { Language } from '../language/languages.ts'
import { guestName } from '../language/names.ts'
import type { Person, Studio } from '../studio/studio.ts'

/** Authentication by session cookies: one for the browser's guest and one for its account, so that signing out gives the guest back. */
const guestCookie = 'fourstroke_guest'
const accountCookie = 'fourstroke_account'
const yearSeconds = 365 * 24 * 60 * 60

export interface Guests {
  /** Whoever sent this `Cookie` header: the account that is signed in, or else the guest. */
  find(cookies: string | undefined): Promise<Person | null>
  /** The guest of this browser, whoever is signed in. */
  findGuest(cookies: string | undefined): Promise<Person | null>
  /** A new guest, named in this language, and the `Set-Cookie` header that makes the browser remember them. */
  welcome(language: Language): Promise<{ readonly person: Person; readonly cookie: string }>
  /** The header that signs an account in. `isFramed`: on our page in a frame of Discord, whose cookies are its own. */
  signIn(person: Person, options?: { readonly isFramed?: boolean }): Promise<string>
  /** Ends the session; the headers that make the browser forget it. */
  signOut(cookies: string | undefined): Promise<readonly string[]>
}

export function createGuests({ people }: Studio, options: { readonly isSecure: boolean }): Guests {
  const secure = options.isSecure ? '; Secure' : ''
  const setCookie = (name: string, value: string, seconds: number) =>
    `${name}=${value}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`

  async function behind(cookies: string | undefined, name: string): Promise<Person | null> {
    const secret = readCookie(cookies, name)
    return secret === null ? null : people.fromSecret(secret)
  }

  return {
    async find(cookies) {
      return (await behind(cookies, accountCookie)) ?? (await behind(cookies, guestCookie))
    },
    async findGuest(cookies) {
      const person = await behind(cookies, guestCookie)
      // One who has joined an account is a guest no more.
      return person?.discordId === null ? person : null
    },
    async welcome(language) {
      const { person, secret } = await people.newGuest(guestName(language, randomInt))
      return { person, cookie: setCookie(guestCookie, secret, yearSeconds) }
    },
    async signIn(person, { isFramed = false } = {}) {
      const secret = await people.signIn(person.id)
      if (!isFramed) return setCookie(accountCookie, secret, yearSeconds)
      return `${accountCookie}=${secret}; Path=/; Max-Age=${yearSeconds}; HttpOnly; SameSite=None; Secure; Partitioned`
    },
    async signOut(cookies) {
      const ended: string[] = []
      for (const name of [accountCookie, guestCookie]) {
        const secret = readCookie(cookies, name)
        if (secret === null || (await people.fromSecret(secret))?.discordId === null) continue
        await people.signOut(secret)
        ended.push(setCookie(name, '', 0))
      }
      return ended
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
