import type { PrismaLibSql } from '@prisma/adapter-libsql'
import { type Queryable, wrapQueries } from './wrapQueries.ts'

/** What a text of JSON holds; `undefined` if it is not JSON. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

/**
 * SQLite takes any text into a column of JSON, and one that is not JSON makes Prisma refuse every row that is read beside
 * it. Here it is read as `null`, so that one row keeps nobody from the others; what stands in the file stays as it is.
 * PostgreSQL lets no such text in.
 */
export function tolerateBrokenJson(adapter: PrismaLibSql, report: (column: string) => void): void {
  wrapQueries(adapter, queryable => replaceBrokenJson(queryable, report))
}

function replaceBrokenJson(queryable: Queryable, report: (column: string) => void): void {
  const queryRaw = queryable.queryRaw.bind(queryable)
  queryable.queryRaw = async query => {
    const result = await queryRaw(query)
    const columns = result.columnTypes.flatMap((type, index) => (type === jsonColumn ? [index] : []))
    for (const row of result.rows) {
      for (const index of columns) {
        if (isJson(row[index])) continue
        row[index] = 'null'
        report(result.columnNames[index]!)
      }
    }
    return result
  }
}

/** `ColumnTypeEnum.Json` of Prisma's driver adapters. */
const jsonColumn = 11

/** A number is JSON as it stands, and bytes are none. */
function isJson(value: unknown): boolean {
  if (typeof value === 'string') return parseJson(value) !== undefined
  return !(value instanceof Uint8Array)
}
