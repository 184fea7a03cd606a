import { cpSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { PrismaPg } from '@prisma/adapter-pg'
import { migrate, statementsFor } from '../../prisma/migrate.ts'
import type { OneConnectionLibSql } from '../../prisma/sqlite.ts'

const migrations = join(import.meta.dirname, '../../prisma/migrations')

/** Every migration, oldest first: a database of each may be out there. */
export const released = readdirSync(migrations, { withFileTypes: true })
  .filter(entry => entry.isDirectory())
  .map(({ name }) => name)
  .sort()

/** Makes the database that a program had whose newest migration was `last`, with rows of that time. */
export async function makeReleased(
  adapter: OneConnectionLibSql | PrismaPg,
  provider: 'sqlite' | 'postgresql',
  last: string,
  folder: string,
): Promise<void> {
  const until = join(folder, `until-${last}-${provider}`)
  const names = released.slice(0, released.indexOf(last) + 1)
  for (const name of names) cpSync(join(migrations, name), join(until, name), { recursive: true })
  await migrate(adapter, until)
  const connection = await adapter.connect()
  // Rows as the newest program of that time wrote them.
  const sql = names.map((name, index) => rows[name]?.(names.slice(index + 1)) ?? '').join('\n')
  for (const statement of statementsFor(provider, sql)) await connection.executeScript(`${statement};`)
  await connection.dispose()
}

const at = "'2026-02-03 04:05:06'"

/** By the migration that brought their tables; `after`: what came later, for columns that went or came. */
const rows: Readonly<Record<string, (after: readonly string[]) => string>> = {
  '20260101000000_beginning': after => `
${
  after.includes('20260201000000_styles')
    ? `INSERT INTO "Person" ("id", "name", "color", "createdAt") VALUES ('ada', 'Ada', '#000000', ${at});
INSERT INTO "Session" ("secretHash", "personId", "createdAt") VALUES ('hash', 'ada', ${at});`
    : `INSERT INTO "Person" ("id", "name", "color", "secretHash", "createdAt") VALUES ('ada', 'Ada', '#000000', 'hash', ${at});`
}
INSERT INTO "Person" ("id", "name", "color", "discordId", "createdAt") VALUES ('ben', 'Ben', '#111111', '4711', ${at});
INSERT INTO "Program" ("id", "host", "pid", "startedAt", "seenAt") VALUES ('p', 'elsewhere', 1, ${at}, ${at});
INSERT INTO "Room" ("id", "name", "editSecret", "viewSecret", "createdAt") VALUES ('r', 'Harbour', 'e', 'v', ${at});
INSERT INTO "Ask" ("id", "origin", "askedAt", "ownerId", "roomId", "frameId") VALUES ('a', 'canvas', ${at}, 'ada', 'r', 'f');
INSERT INTO "Picture" ("id", "askId", "index", "state", "recipe", "file", "made", "startedAt", "finishedAt")
  VALUES ('q', 'a', 0, 'finished', '{"seed": 7, "maskImage": "abba", "prefix": [{"regions": [{"mask": "baab"}]}]}', 'abc', '{"device": "cpu"}', ${at}, ${at});
INSERT INTO "Picture" ("id", "askId", "index", "state", "recipe", "programId") VALUES ('q2', 'a', 1, 'asked', '{"seed": 8}', 'p');
INSERT INTO "Ask" ("id", "origin", "askedAt", "ownerId", "parentId") VALUES ('b', 'chat', ${at}, 'ben', 'q');
INSERT INTO "ChatReply" ("askId", "applicationId", "interactionId", "interactionToken", "channelId", "createdAt")
  VALUES ('b', '1', '2', 'token', '3', ${at});
INSERT INTO "Member" ("roomId", "personId", "role", "joinedAt") VALUES ('r', 'ada', 'owner', ${at});
INSERT INTO "Operation" ("roomId", "clock", "key", "authorId", "operation", "storedAt")
  VALUES ('r', 1, 'c:1', 'ada', '{"type": "add", "element": {"kind": "image", "file": "def"}}', ${at});
INSERT INTO "Snapshot" ("roomId", "clock", "scene", "takenAt")
  VALUES ('r', 1, '"{\\"version\\": 1, \\"elements\\": [{\\"kind\\": \\"image\\", \\"file\\": \\"fed\\"}]}"', ${at});`,
  '20260201000000_styles': () => `
INSERT INTO "SignInCode" ("codeHash", "personId", "createdAt") VALUES ('code', 'ben', ${at});
INSERT INTO "FormerGuest" ("id", "personId") VALUES ('guest', 'ben');
INSERT INTO "GuildMember" ("guildId", "personId", "seenAt") VALUES ('g', 'ben', ${at});
INSERT INTO "Guild" ("id", "sharing") VALUES ('g', false);
INSERT INTO "Style" ("id", "name", "nameKey", "ownerId", "createdAt", "version", "examplePrompts")
  VALUES ('s', 'Sepia', 'sepia', 'ada', ${at}, 1, '[]');
UPDATE "Person" SET "defaultStyleId" = 's' WHERE "id" = 'ada';
INSERT INTO "StylePicture" ("id", "styleId", "caption", "width", "height", "addedAt") VALUES ('sp', 's', 'a boat', 64, 64, ${at});
INSERT INTO "StyleVersion" ("styleId", "number", "origin", "createdAt", "modelHash", "rank", "targets", "vector", "bytes", "curve", "verdict", "pictures", "examples")
--sqlite   VALUES ('s', 1, 'learned', ${at}, 'm', 4, '[]', x'0102', 2, '[]', '{"content": 1}', '["sp"]', 2);
--postgresql   VALUES ('s', 1, 'learned', ${at}, 'm', 4, '[]', '\\x0102', 2, '[]', '{"content": 1}', '["sp"]', 2);
INSERT INTO "Learning" ("id", "styleId", "state", "recipe", "modelHash", "pictures", "askedAt", "version", "words")
  VALUES ('l', 's', 'finished', '{}', 'm', '["sp"]', ${at}, 1, 'It is learned.');
INSERT INTO "LearningReply" ("learningId", "applicationId", "interactionId", "channelId", "createdAt")
  VALUES ('l', '1', '2', '3', ${at});`,
  '20260301000000_promises': () => `
INSERT INTO "ChatPromise" ("interactionId", "applicationId", "interactionToken", "channelId", "said", "createdAt")
  VALUES ('i', '1', 'token', '3', '{"name": "imagine"}', ${at});`,
  '20260401000000_guild_names': () => `UPDATE "Guild" SET "name" = 'Painters' WHERE "id" = 'g';`,
  '20261129010000_erasures': () => `
INSERT INTO "Erasure" ("id", "personId", "requestedAt", "finishedAt", "leftover", "counts")
  VALUES ('x', 'carl', ${at}, ${at}, '{}', '{"pictures": 3}');`,
  '20261129030000_moderation': () => `
INSERT INTO "Stop" ("kind", "subject", "reason", "stoppedAt") VALUES ('style', 's', 'It is not theirs.', ${at});
INSERT INTO "Report" ("id", "kind", "subject", "reporterId", "reason", "reportedAt") VALUES ('t', 'style', 's', 'ben', 'It is mine.', ${at});
INSERT INTO "AuditEntry" ("id", "at", "actorId", "action", "kind", "subject", "detail") VALUES ('u', ${at}, 'ben', 'report', 'style', 's', '');`,
  '20261129012000_stored_files': () => `
INSERT INTO "StoredFile" ("hash", "ownerId", "bytes", "storedAt") VALUES ('abc', 'ada', 100, ${at});
INSERT INTO "RoomFile" ("roomId", "hash") VALUES ('r', 'def');
INSERT INTO "RoomFile" ("roomId", "hash") VALUES ('r', 'fed');
UPDATE "Picture" SET "link" = 'q' WHERE "id" = 'q';`,
  '20261129080000_guild_settings': () => `
INSERT INTO "GuildSettings" ("guildId", "content", "changedAt") VALUES ('g', '{"coolDownSeconds": 30}', ${at});
INSERT INTO "ExportLink" ("secretHash", "personId", "createdAt") VALUES ('link', 'ben', ${at});
UPDATE "Person" SET "defaultSize" = '128x96' WHERE "id" = 'ben';
UPDATE "Report" SET "guildId" = 'g', "messageUrl" = 'https://discord.com/channels/1/2/3' WHERE "id" = 't';`,
  '20261129084000_room_palettes': () => `UPDATE "Room" SET "palette" = '["#8a5a3b"]' WHERE "id" = 'r';`,
  '20261129090000_picture_masks': () => `
INSERT INTO "PictureMask" ("pictureId", "hash") VALUES ('q', 'abba'), ('q', 'baab');`,
  '20261129173000_several_servers': () => `
UPDATE "Room" SET "fence" = 3 WHERE "id" = 'r';
INSERT INTO "Installation" ("id", "createdAt") VALUES ('here', ${at});`,
  '20261129202000_archived_operations': () => `
INSERT INTO "ArchivedOperations" ("roomId", "after", "upTo", "startedAt", "endedAt", "operations", "bytes", "people")
--sqlite   VALUES ('r', 0, 1, ${at}, ${at}, x'0102', 2, 'ada');
--postgresql   VALUES ('r', 0, 1, ${at}, ${at}, '\\x0102', 2, 'ada');`,
  '20261129210000_deliverers': () => `
UPDATE "ChatReply" SET "workerId" = 'w' WHERE "askId" = 'b';`,
  '20261129141000_favorites': () => `
INSERT INTO "Favorite" ("personId", "pictureId", "addedAt") VALUES ('ben', 'q', ${at});`,
  '20261129170000_room_owners': () => `
UPDATE "Room" SET "isLocked" = true WHERE "id" = 'r';
UPDATE "Member" SET "isRoleSet" = true WHERE "roomId" = 'r';
INSERT INTO "RemovedMember" ("roomId", "personId", "removedAt") VALUES ('r', 'ben', ${at});`,
  '20261129140000_activities': () => `
INSERT INTO "ActivityInstance" ("id", "roomId", "guildId", "channelId", "startedAt") VALUES ('i-1', 'r', 'g', '3', ${at});`,
  '20261129201000_room_origins': () => `
INSERT INTO "RoomOrigin" ("roomId", "guildId", "channelId", "messageId", "locale") VALUES ('r', 'g', '3', NULL, NULL);`,
  '20261129101000_languages': () => `
UPDATE "ChatReply" SET "locale" = 'de' WHERE "askId" = 'b';
UPDATE "Learning" SET "failure" = '{"code": "style/learning-failed", "message": "It failed."}' WHERE "id" = 'l';`,
  '20261129091000_lost_default_style': () => `UPDATE "Person" SET "lostDefaultStyle" = 'chalk' WHERE "id" = 'ben';`,
  '20260402000000_learning_curves': () => `UPDATE "Learning" SET "curve" = '[{"step": 1}]' WHERE "id" = 'l';`,
}
