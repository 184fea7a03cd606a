import { PrismaLibSql } from '@prisma/adapter-libsql'

/**
 * A lock that dies with the process that holds it, however that ends: SQLite's own, on an empty file of its own. Resolves
 * with what releases it, or with null if another process holds it.
 */
export async function lockFile(path: string): Promise<(() => void) | null> {
  const url = `file:${path}`
  const client = new PrismaLibSql({ url }).createClient({ url })
  try {
    await client.execute('BEGIN EXCLUSIVE')
  } catch (error) {
    client.close()
    if (error instanceof Error && 'code' in error && error.code === 'SQLITE_BUSY') return null
    throw error
  }
  return () => client.close()
}
