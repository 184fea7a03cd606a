import { z } from 'zod'
import { objectFolders } from '../objects/index.ts'

/** The last entry of a backup: what it is, and what each entry before it must be. Without it a backup was cut off. */
export const backupManifest = z.object({
  format: z.literal('fourstroke-backup'),
  version: z.number().int().min(1),
  /** Of the program that wrote it. */
  program: z.string(),
  createdAt: z.iso.datetime(),
  database: z.object({
    provider: z.enum(['sqlite', 'postgresql']),
    /** Names, oldest first. */
    migrations: z.array(z.string()),
  }),
  /** Where the files stay that are not in it. Absent: all are in it. */
  filesStayIn: z.string().optional(),
  entries: z.array(z.object({ path: z.string(), bytes: z.number().int().min(0), sha256: z.string().length(64) })),
})
export type BackupManifest = z.infer<typeof backupManifest>

/** The formats that this program writes; it reads all up to the second, which knows backups without files. */
export const backupVersions = { whole: 1, withoutFiles: 2 } as const
export const newestBackupVersion = backupVersions.withoutFiles

export const manifestName = 'manifest.json'
/** Folders of the data folder that are backed up. */
export const backedUpFolders = objectFolders

/** The name of the database in a backup. */
export const databaseNames = { sqlite: 'database.sqlite', postgresql: 'database.pgdump' } as const

/** Whether an entry of a backup may be written below the folder that is restored: its name leads nowhere else. */
export function isBackupPath(path: string): boolean {
  if ((Object.values(databaseNames) as string[]).includes(path)) return true
  const [folder, ...names] = path.split('/')
  return (
    (backedUpFolders as readonly string[]).includes(folder ?? '') &&
    names.length > 0 &&
    names.every(name => /^[\w-][\w.-]*$/.test(name))
  )
}
