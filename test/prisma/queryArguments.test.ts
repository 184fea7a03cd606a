import type { PrismaLibSql } from '@prisma/adapter-libsql'
import { expect, test } from 'vitest'
import { forgetArguments } from '../../prisma/queryArguments.ts'
import type { Queryable } from '../../prisma/wrapQueries.ts'

type Query = Parameters<Queryable['queryRaw']>[0]

/** An adapter that remembers its queries, as Prisma's do. */
function rememberingAdapter() {
  const remembered: Query[] = []
  const written: unknown[][] = []
  const run = async (query: Query) => {
    remembered.push(query)
    await Promise.resolve()
    written.push([...query.args])
    if (query.sql === 'FAIL') throw new Error('failed')
  }
  const queryable = () => ({ queryRaw: run, executeRaw: run })
  const connection = { ...queryable(), startTransaction: async () => queryable() }
  // Of an adapter nothing else is wrapped.
  const adapter = { connect: async () => connection } as unknown as PrismaLibSql
  return { adapter, remembered, written }
}

test('what was written is not remembered by the adapter, in a transaction or without, and though it failed', async () => {
  const { adapter, remembered, written } = rememberingAdapter()
  forgetArguments(adapter)
  const connection = await adapter.connect()
  const transaction = await connection.startTransaction()
  const query: Query = { sql: 'INSERT', args: ['a large text'], argTypes: [] }
  await connection.executeRaw(query)
  await connection.queryRaw(query)
  await transaction.executeRaw(query)
  await expect(transaction.queryRaw({ ...query, sql: 'FAIL' })).rejects.toThrow('failed')
  expect(written).toEqual(Array.from({ length: 4 }, () => ['a large text']))
  expect(remembered.map(({ args }) => args)).toEqual([[], [], [], []])
  expect(query.args).toEqual(['a large text'])
})
