import sharp from 'sharp'
import { openTestEngine } from './engine.ts'
import { buildStudio } from './studio.ts'

/**
 * A program that teaches a style, to be killed: it says `kept <style> <learning>` once a checkpoint is written, and goes
 * no further. Argument: its folder.
 */
const [folder = ''] = process.argv.slice(2)
const engine = openTestEngine({ beforeLearning: async step => (step < 5 ? undefined : new Promise(() => undefined)) })
const { studio } = await buildStudio({ engine, dataFolder: folder })
const { id: by } = await studio.people.newGuest('Ada').then(({ person }) => person)
const bytes = await sharp({ create: { width: 32, height: 32, channels: 3, background: '#20ff20' } })
  .png()
  .toBuffer()
const { id: style } = await studio.styles.create(by, { name: 'Greens', pictures: [{ bytes }] })
const { id } = await studio.styles.learn(by, style)
while ((await studio.styles.findLearning(id))?.step !== 4) await new Promise(resolve => setTimeout(resolve, 20))
process.stdout.write(`kept ${style} ${id}\n`)
