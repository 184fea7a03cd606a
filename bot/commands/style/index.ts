import { anywhere } from '../../interactions/anywhere.ts'
import type { Command } from '../../interactions/command.ts'
import { withSubcommands } from '../../interactions/subcommand.ts'
import { list, show } from './browse.ts'
import { exportStyle, importStyle } from './files.ts'
import { learn } from './learn.ts'
import { remove, rename, restore, share, use } from './manage.ts'
import { disable, enable, server } from './moderation.ts'

/** Personal styles: teach, look at, use, share, take along, delete. */
export const style: Command = withSubcommands(
  {
    name: 'style',
    ...anywhere,
  },
  [...[learn, list, show, use, rename, share, restore, exportStyle, importStyle, remove], ...[server, disable, enable]],
)
