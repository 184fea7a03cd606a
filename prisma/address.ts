/** The file of `file:<path>`. */
export function sqlitePath(url: string): string {
  const path = /^file:(?:\/\/)?(.+)$/.exec(url)?.[1]
  if (path === undefined) throw new Error('Expected DATABASE_URL to be file:<path> or postgresql://…')
  return path
}

/** Whether an address is PostgreSQL's; else it is `file:<path>`. */
export const isPostgresql = (url: string): boolean => /^postgres(ql)?:/.test(url)
