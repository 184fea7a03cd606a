import { PermissionFlagsBits, PermissionsBitField } from 'discord.js'
import { expect, test } from 'vitest'
import { permissionsIn } from '../../bot/posts/permissions.ts'

const { Administrator, AttachFiles, ReadMessageHistory, SendMessages, ViewChannel } = PermissionFlagsBits
const guild = {
  ...{ id: '1', owner_id: '9' },
  roles: [
    { id: '1', permissions: String(ViewChannel | SendMessages | ReadMessageHistory) },
    { id: '2', permissions: String(AttachFiles) },
    { id: '3', permissions: String(Administrator) },
  ],
} as Parameters<typeof permissionsIn>[0]
const now = Date.parse('2026-11-29T20:00:00Z')
const member = (roles: string[], id = '7', until: string | null = null) =>
  ({ user: { id }, roles, communication_disabled_until: until }) as Parameters<typeof permissionsIn>[2]
const rule = (id: string, { allow = 0n, deny = 0n }) => ({
  id,
  type: id === '7' ? 1 : 0,
  allow: `${allow}`,
  deny: `${deny}`,
})

test('of everyone and of roles add up', () => {
  expect(permissionsIn(guild, [], member([]), now)).toBe(ViewChannel | SendMessages | ReadMessageHistory)
  expect(permissionsIn(guild, [], member(['2']), now)).toBe(
    ViewChannel | SendMessages | ReadMessageHistory | AttachFiles,
  )
})

test('a channel says otherwise: of everyone, then of roles, where allowing is stronger, then of the person', () => {
  const muted = rule('1', { deny: SendMessages })
  const may = (rules: ReturnType<typeof rule>[], roles: string[] = ['2']) =>
    (permissionsIn(guild, rules, member(roles), now) & SendMessages) !== 0n
  expect(may([muted])).toBe(false)
  expect(may([muted, rule('2', { allow: SendMessages })])).toBe(true)
  expect(may([rule('2', { deny: SendMessages }), rule('4', { allow: SendMessages })], ['2', '4'])).toBe(true)
  expect(may([rule('2', { allow: SendMessages }), rule('7', { deny: SendMessages })])).toBe(false)
  expect(may([rule('7', { allow: SendMessages }), muted])).toBe(true)
})

test('whoever does not see a channel may do nothing there', () => {
  expect(permissionsIn(guild, [rule('1', { deny: ViewChannel })], member(['2']), now)).toBe(0n)
})

test('owners and administrators may do everything, whatever a channel says', () => {
  const closed = [rule('1', { deny: ViewChannel })]
  expect(permissionsIn(guild, closed, member([], '9'), now)).toBe(PermissionsBitField.All)
  expect(permissionsIn(guild, closed, member(['3']), now)).toBe(PermissionsBitField.All)
})

test('somebody with a time-out reads, until it is over', () => {
  expect(permissionsIn(guild, [], member(['2'], '7', '2026-11-29T20:01:00Z'), now)).toBe(
    ViewChannel | ReadMessageHistory,
  )
  expect(permissionsIn(guild, [], member([], '7', '2026-11-29T19:59:00Z'), now) & SendMessages).toBe(SendMessages)
})
