// Loaded into the server's process and the engine's before anything else (NODE_OPTIONS=--require …): on SIGUSR2 a process
// collects its garbage and writes what is left, in bytes, to $FOURSTROKE_MEMORY/<pid>.json: of the heap at once, of the
// process when what was free has been given back.
const { writeFileSync, renameSync } = require('node:fs')
const { join } = require('node:path')
const v8 = require('node:v8')
const vm = require('node:vm')

/** V8 gives pages back in threads of its own, after the collection. */
const givingBackMs = 1_000

const folder = process.env.FOURSTROKE_MEMORY
v8.setFlagsFromString('--expose-gc')
const collect = vm.runInNewContext('gc')

function write({ heapUsed, external } = process.memoryUsage()) {
  const file = join(folder, `${process.pid}.json`)
  writeFileSync(
    `${file}.new`,
    JSON.stringify({ argv: process.argv.slice(1), ...process.memoryUsage(), heapUsed, external }),
  )
  renameSync(`${file}.new`, file)
}

write()
process.on('SIGUSR2', () => {
  // What a first collection sets free, a second one takes away.
  collect()
  setImmediate(() => {
    collect()
    const left = process.memoryUsage()
    // For whoever looks for what is kept: FOURSTROKE_SNAPSHOTS=1 leaves a heap snapshot of each measurement.
    if (process.env.FOURSTROKE_SNAPSHOTS)
      v8.writeHeapSnapshot(join(folder, `${process.pid}-${Date.now()}.heapsnapshot`))
    setTimeout(write, givingBackMs, left)
  })
})
