import qrcode from 'qrcode-generator'
import { expect, test } from 'vitest'
import { describeStart } from '../../commands/start.ts'
import { readConfig } from '../../config.ts'

type Told = Parameters<typeof describeStart>[0]

const address = 'http://192.168.1.20:3000'
const info = {
  model: { name: 'tiny', sizes: { default: { width: 256, height: 256 } } },
  deviceReason: 'cpu',
} as Told['info']
const told = (addresses: readonly string[]) => {
  const server = { url: 'http://localhost:3000', addresses, metricsUrl: null } as unknown as Told['server']
  return describeStart({ config: readConfig({}), server, info, bot: null })
}

test('start says the address in the local network, with the code that a camera reads it from', () => {
  const code = qrcode(0, 'L')
  code.addData(address)
  code.make()
  const text = told([address, 'http://10.0.0.2:3000'])
  expect(text).toContain(`network     ${address}\n`)
  for (const line of code.createASCII(1, 1).split('\n')) expect(text).toContain(`  ${line}\n`)
  expect(text).not.toContain('10.0.0.2')
})

test('start says none where no other machine reaches it', () => {
  expect(told([])).not.toMatch(/network|█|▀/)
})
