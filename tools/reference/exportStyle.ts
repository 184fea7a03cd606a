import { readFileSync, writeFileSync } from 'node:fs'
import { exportStyle, importStyle } from '../../engine/lora/styleFile.ts'
import type { StyleLayout } from '../../engine/types/styles.ts'

/** For styles.py: reads a LoRA file as a style of the layout in `layoutFile`, and writes the style again. */
const [input, layoutFile, output, peftConfig] = process.argv.slice(2)
if (!input || !layoutFile || !output) throw new Error('Expected INPUT LAYOUT OUTPUT [ADAPTER_CONFIG].')

const targets = JSON.parse(readFileSync(layoutFile, 'utf8')) as StyleLayout['targets']
const valuesPerRank = targets.reduce((sum, target) => sum + target.in + target.out, 0)
const layout = { targets, maxRank: 16, valuesPerRank, latentChannels: 4, modelHash: '0'.repeat(64) }
const { adapter } = importStyle(readFileSync(input), layout, peftConfig && readFileSync(peftConfig, 'utf8'))
writeFileSync(output, exportStyle(adapter, layout, { name: 'again' }))
