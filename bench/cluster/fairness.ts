/** How evenly owners share engines who want very different amounts. */
import { setTimeout as sleep } from 'node:timers/promises'
import { openFleet, pictureRequest } from './fleet.ts'
import type { ClusterOptions, PartResult, Progress } from './part.ts'

const engines = 2
/** Pictures that each gets if all get the same. */
const rounds = 8
const roundsBefore = 2
/** One in twenty has a hundred pictures in line, one in five has ten, the others have one. */
const demandOf = (owner: number): number => (owner % 20 === 0 ? 100 : owner % 5 === 0 ? 10 : 1)

/** Jain's index, (Σx)² / (n Σx²): 1 where all get the same, 1/n where one gets everything. */
export function jainIndex(shares: readonly number[]): number {
  const sum = shares.reduce((all, share) => all + share, 0)
  const squares = shares.reduce((all, share) => all + share ** 2, 0)
  return sum ** 2 / (shares.length * squares)
}

/** Each owner always has as many pictures in line; counted are those of some rounds, after one in which lines form. */
export async function fairness({ standIn, owners }: ClusterOptions, progress: Progress): Promise<PartResult> {
  const fleet = await openFleet(standIn)
  await fleet.grow(engines)
  const served = Array.from({ length: owners }, () => 0)
  const lining = owners * roundsBefore
  let finished = 0
  const isOver = () => finished >= lining + owners * rounds
  const request = async (owner: number) => {
    while (!isOver()) {
      const painting = fleet.engine.paint(pictureRequest(standIn, owner, { owner: `person ${owner}` }))
      if ((await painting.ended).type !== 'finished' || isOver()) continue
      finished++
      if (finished > lining) served[owner]!++
      if (finished % (2 * owners) === 0) progress(`${finished} pictures are finished`)
    }
  }
  const requests = served.flatMap((_, owner) => Array.from({ length: demandOf(owner) }, () => request(owner)))
  progress(`${owners} owners have ${requests.length} pictures in line`)
  while (!isOver()) await sleep(20)
  await fleet.close()
  await Promise.all(requests)
  const pictures = served.reduce((all, one) => all + one, 0)
  const jain = Math.round(jainIndex(served) * 1000) / 1000
  const ofDemand = (demand: number) => meanOf(served.filter((_, owner) => demandOf(owner) === demand))
  return {
    title: `${owners} owners share ${engines} engines for ${rounds} rounds`,
    lines: [
      `Jain's index of what they were served: ${jain} (aim ≥ 0.95), ${pictures} pictures`,
      `of whom has 1, 10 and 100 in line: ${ofDemand(1)}, ${ofDemand(10)} and ${ofDemand(100)} pictures each; ` +
        `${Math.min(...served)} to ${Math.max(...served)}`,
    ],
    figures: { owners, pictures, jain, served: { one: ofDemand(1), ten: ofDemand(10), hundred: ofDemand(100) } },
  }
}

const meanOf = (counts: readonly number[]): number =>
  Math.round((10 * counts.reduce((all, one) => all + one, 0)) / counts.length) / 10
