import { createHash } from 'node:crypto'
import { defineConfig } from 'vitest/config'

/** How many times slower than alone this machine is right now, 1 to 8: the limits of the tests follow it. */
const slowness = Math.min(8, Math.max(1, hashMs() / 25))

/** Tests of whole processes, sockets, databases and model folders. */
const integration = [
  'test/{bot,commands,prisma,server,studio,tools}/**/*.test.ts',
  'test/{cluster,engine}/{balanced,composed,engine,engineNode,leadership,membership,memoryDeath,remoteEngine,requestRates,roomLeases,severalBots,severalEngines,severalServers,shardLeases,styles}.test.ts',
  'test/engine/pipeline/{foreignFolders,modelFolder,parity}.test.ts',
  'test/onnx/modelFile.test.ts',
]
/** Beside them, tests of their parts that need none of these. */
const parts = [
  'test/bot/{attachments,contactSheet,editThrottle,errorText,permissions,strings,watchUntil}.test.ts',
  'test/prisma/generated.test.ts',
  'test/server/{frameReducer,openStrokes}.test.ts',
  'test/studio/**/{imageCodec,learningCurve,pictureSizes,png,promptReader}.test.ts',
]
/** Tests that need Chromium, or the Vulkan driver that comes with it. */
const browser = [
  'test/web/!(scene|texts).test.ts',
  'test/web/together/*.test.ts',
  'test/engine/pipeline/webgpu.test.ts',
]
/** Tests that train a network, if only for seconds. */
const training = ['test/training/**/*.test.ts', 'test/engine/learning.test.ts', 'test/engine/lcf/**/*.test.ts']
/** Where everything else lives. */
const units = ['test/*.test.ts', 'test/{cluster,engine,language,onnx,protocol,web}/**/*.test.{ts,tsx}']

export default defineConfig({
  test: {
    testTimeout: 60_000 * slowness,
    hookTimeout: 120_000 * slowness,
    expect: { poll: { timeout: 10_000 * slowness } },
    // Two cores: more workers than that only make sessions and browsers wait for each other.
    maxWorkers: 2,
    env: { FOURSTROKE_SLOWNESS: `${slowness}` },
    projects: [
      project(
        'unit',
        [...units, ...parts],
        [...integration.slice(1), ...browser, ...training],
        ['test/support/english.ts'],
      ),
      project('integration', integration, parts),
      project('browser', browser),
      project('training', training),
    ],
  },
})

function project(name: string, include: string[], exclude: string[] = [], setupFiles: string[] = []) {
  return { extends: true as const, test: { name, include, exclude, setupFiles } }
}

/** A quiet core hashes 32 MB in about 25 ms. On average: beside a busy program some runs get a whole core, others wait. */
function hashMs(): number {
  const bytes = Buffer.alloc(32 << 20)
  const runs = 8
  const began = performance.now()
  for (let run = 0; run < runs; run++) createHash('sha256').update(bytes).digest()
  return (performance.now() - began) / runs
}
