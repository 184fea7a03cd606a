/** A letter, and how often it stands in a row: "blood" is b, l, two of o, d. */
export interface LetterRun {
  readonly letter: string
  readonly count: number
}

export function runsOf(letters: string): LetterRun[] {
  const runs: { letter: string; count: number }[] = []
  for (const letter of letters) {
    const last = runs.at(-1)
    if (last?.letter === letter) last.count++
    else runs.push({ letter, count: 1 })
  }
  return runs
}

/** Whether `wanted` stands at this place, its letters doubled or not: "bloood" is "blood", "blod" is not. */
export function standsAt(runs: readonly LetterRun[], at: number, wanted: readonly LetterRun[]): boolean {
  if (at + wanted.length > runs.length) return false
  return wanted.every(({ letter, count }, index) => {
    const run = runs[at + index]!
    return run.letter === letter && run.count >= count
  })
}

/** Whether `wanted` stands anywhere: at most its own length of looks for each letter, however a text repeats itself. */
export function standsIn(runs: readonly LetterRun[], wanted: readonly LetterRun[]): boolean {
  return runs.some((_, at) => standsAt(runs, at, wanted))
}
