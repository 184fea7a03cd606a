import { InvalidArgumentError } from 'commander'

/**
 * What one program does of the whole. `engine`: paints and learns; `server`: the page and its sockets; `bot`: Discord;
 * `worker`: finishes what programs that died have left, and tidies up.
 */
export const services = ['bot', 'server', 'engine', 'worker'] as const
export type Service = (typeof services)[number]

/** @throws InvalidArgumentError in one sentence, with the cure. */
export function parseServices(text: string): ReadonlySet<Service> {
  const chosen = text.split(',').map(word => word.trim())
  const isService = (word: string): word is Service => services.some(service => service === word)
  const unknown = chosen.find(word => !isService(word))
  if (unknown !== undefined) {
    throw new InvalidArgumentError(`Expected some of ${services.join(', ')} between commas, got "${unknown}".`)
  }
  return new Set(chosen.filter(isService))
}
