/** What queueing theory says, in milliseconds; λ: arrivals, μ: what one server does, both per millisecond; ρ = λ / (c μ). */

/** Mean wait of M/M/1: Poisson arrivals, exponential service, one server. */
export const waitMM1 = (lambda: number, mu: number): number => lambda / mu / (mu - lambda)

/** Mean wait of M/D/1: as M/M/1, each service of the same length (Pollaczek–Khinchine). */
export const waitMD1 = (lambda: number, mu: number): number => waitMM1(lambda, mu) / 2

/** Chance that whoever comes has to wait, of c servers (Erlang C). */
export function erlangC(servers: number, lambda: number, mu: number): number {
  const load = lambda / mu
  // Erlang B by its recurrence, which does not overflow.
  let blocked = 1
  for (let server = 1; server <= servers; server++) blocked = (load * blocked) / (server + load * blocked)
  return blocked / (1 - (load / servers) * (1 - blocked))
}

/** Mean wait of M/M/c. */
export const waitMMc = (servers: number, lambda: number, mu: number): number =>
  erlangC(servers, lambda, mu) / (servers * mu - lambda)

/** Mean wait of M/D/c, by Cosmetatos' approximation (1975): half of M/M/c's, and a little. */
export function waitMDc(servers: number, lambda: number, mu: number): number {
  const load = lambda / (servers * mu)
  const little = ((1 - load) * (servers - 1) * (Math.sqrt(4 + 5 * servers) - 2)) / (16 * load * servers)
  return (waitMMc(servers, lambda, mu) * (1 + little)) / 2
}

/** How often what is wanted is among the `places` used last, by Che's approximation (2002); `shares` add up to 1. */
export function hitsOfLeastRecentlyUsed(shares: readonly number[], places: number): number {
  if (places >= shares.length) return 1
  const sum = (of: (share: number) => number) => shares.reduce((all, share) => all + of(share), 0)
  const held = (age: number) => (share: number) => 1 - Math.exp(-share * age)
  let [low, high] = [0, 1]
  while (sum(held(high)) < places) high *= 2
  for (let round = 0; round < 60; round++) {
    const middle = (low + high) / 2
    if (sum(held(middle)) < places) low = middle
    else high = middle
  }
  return sum(share => share * held(high)(share))
}
