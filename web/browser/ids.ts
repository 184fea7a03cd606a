/** 96 random bits as base64url. `crypto.randomUUID` is missing where a room is opened over plain HTTP in a local network. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12))
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}

/** A seed as people like to read it: a whole number from 0 to 2³² − 1. */
export function newSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!
}
