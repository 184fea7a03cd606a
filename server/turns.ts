/**
 * Lets those who wait begin one after the other, each in a turn of the event loop of its own. A request computes and
 * queries a database that answers at once: many that have arrived together would otherwise be answered without a pause,
 * and whoever draws would wait for all of them.
 */
export function createTurns(): () => Promise<void> {
  const waiting: (() => void)[] = []
  let isTurning = false

  function turn() {
    const begin = waiting.shift()
    isTurning = begin !== undefined
    if (!begin) return
    begin()
    setImmediate(turn)
  }

  return () =>
    new Promise(resolve => {
      waiting.push(resolve)
      if (isTurning) return
      isTurning = true
      setImmediate(turn)
    })
}
