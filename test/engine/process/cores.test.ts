import { expect, test } from 'vitest'
import { physicalCores, threadsHere } from '../../../engine/process/cores.ts'

const on = (files: Readonly<Record<string, string>>, allowedCores = 16) =>
  threadsHere({ cores: 16, allowedCores, read: file => files[file] })

test('where nothing limits it, the runtime chooses', () => {
  expect(on({})).toBeUndefined()
  expect(on({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': 'max 100000\n' })).toBeUndefined()
  expect(on({ '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' })).toBe(
    undefined,
  )
})

test('a container has as many threads as its share of processor time, whole ones and at least one', () => {
  const container = (max: string) => on({ '/proc/self/cgroup': '0::/\n', '/sys/fs/cgroup/cpu.max': max })
  expect(container('200000 100000\n')).toBe(2)
  expect(container('150000 100000\n')).toBe(2)
  expect(container('20000 100000\n')).toBe(1)
  expect(container('6400000 100000\n')).toBeUndefined()
  expect(
    on({ '/sys/fs/cgroup/cpu/cpu.cfs_quota_us': '300000', '/sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000' }),
  ).toBe(3)
})

test('a unit of systemd is limited by its own group and by those above', () => {
  const groups = { '/proc/self/cgroup': '0::/system.slice/fourstroke.service\n' }
  const unit = '/sys/fs/cgroup/system.slice/fourstroke.service/cpu.max'
  expect(on({ ...groups, [unit]: '400000 100000\n' })).toBe(4)
  expect(on({ ...groups, [unit]: 'max 100000\n', '/sys/fs/cgroup/system.slice/cpu.max': '300000 100000\n' })).toBe(3)
})

test('processors that it may not run on do not count', () => {
  expect(on({}, 3)).toBe(3)
})

test('two processors of one core are one', () => {
  const processor = (core: number) => `processor\t: 0\nphysical id\t: 0\nsiblings\t: 4\ncore id\t\t: ${core}\n`
  expect(physicalCores([0, 0, 1, 1].map(processor).join('\n'))).toBe(2)
  expect(physicalCores(undefined)).toBeGreaterThan(0)
})
