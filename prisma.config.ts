import { defineConfig } from 'prisma/config'

// `prisma generate` insists on finding this program and never runs it; our migrations are plain SQL with a runner of
// their own. Any file that exists will do, so nothing has to be downloaded.
process.env.PRISMA_SCHEMA_ENGINE_BINARY ??= process.execPath

export default defineConfig({
  schema: 'prisma/schema.prisma',
  migrations: { path: 'prisma/migrations' },
})
