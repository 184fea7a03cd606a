import type { EngineInfo, EngineLoad } from '../engine/index.ts'
import type { Activities } from './activities/activities.ts'
import type { Budgets } from './budgets/budgets.ts'
import type { Chat } from './chat/chatReplies.ts'
import type { GuildOffice } from './guilds/index.ts'
import type { Moderation } from './moderation/moderation.ts'
import type { StopListener } from './moderation/stopWatch.ts'
import type { Guilds } from './people/guilds.ts'
import type { People } from './people/people.ts'
import type { ErasureListener } from './personalData/erase.ts'
import type { OwnData } from './personalData/ownData.ts'
import type { Favorites } from './pictures/favorites.ts'
import type { Live } from './pictures/livePictures.ts'
import type { Pictures } from './pictures/pictures.ts'
import type { ReadPrompt } from './pictures/promptReader.ts'
import type { Sketches } from './pictures/sketches.ts'
import type { Posts } from './posts/posts.ts'
import type { Rooms } from './rooms/rooms.ts'
import type { HealthCheck } from './shared/healthCheck.ts'
import type { PersonId } from './shared/ids.ts'
import type { JobState } from './shared/jobStates.ts'
import type { Incoming } from './storage/incoming.ts'
import type { Storage } from './storage/storage.ts'
import type { Styles } from './styles/styles.ts'

export {
  type Assessment,
  gainOf,
  type ImportChanges,
  type LoadingProgress,
  type Mask,
  outcomeOf,
  type Painting,
  type PaintProgress,
  type PaintResult,
  type Rgb,
} from '../engine/index.ts'
export type { Activities, ActivityPlace, ActivityResult, OpenActivity } from './activities/activities.ts'
export type { Budgets, Cost, Subject, Taken } from './budgets/budgets.ts'
export { type BudgetProfile, friends, strangers, withStorage } from './budgets/profiles.ts'
export type { Chat, ChatReply, ChatReplyTarget, GuildPlace, PendingReply } from './chat/chatReplies.ts'
export type { Left } from './chat/claims.ts'
export type { LearningChat, LearningReply } from './chat/learningReplies.ts'
export type { GuildModeration, GuildStop, ShownGuildStop } from './guilds/guildModeration.ts'
export { type GuildSettings, type GuildSettingsChange, parseChange, type RoleBudget } from './guilds/guildSettings.ts'
export type { GuildSettingsStore, ManagedGuild } from './guilds/guildSettingsStore.ts'
export type { GuildStatistics } from './guilds/guildStatistics.ts'
export type { GuildOffice } from './guilds/index.ts'
export type { Files, StoredImage } from './images/fileStore.ts'
export { encodeMask } from './images/imageCodec.ts'
export { paintedSize, type Recipe, type StyleInRecipe } from './images/recipe.ts'
export type { AuditEntry } from './moderation/audit.ts'
export type { CheckPicture, Moderation, Stop, StopKind } from './moderation/moderation.ts'
export type { Report, ReportKind } from './moderation/reports.ts'
export type { Stops } from './moderation/stopWatch.ts'
export type { GuildSwitches, Guilds, KnownGuild } from './people/guilds.ts'
export type { People } from './people/people.ts'
export type { Person } from './people/person.ts'
export type { DataSummary, OwnData } from './personalData/ownData.ts'
export type { Live, LiveRequest } from './pictures/livePictures.ts'
export type { Origin, Picture } from './pictures/picture.ts'
export type { PictureEvent } from './pictures/pictureEvents.ts'
export type { PictureOptions, RegionOptions } from './pictures/pictureOptions.ts'
export { isPaintable } from './pictures/pictureSizes.ts'
export type { Pictures, RequestedPictures } from './pictures/pictures.ts'
export type { PromptNotes, ReadPrompt } from './pictures/promptReader.ts'
export type { Sketch, Sketches } from './pictures/sketches.ts'
export type { PostPlace, Posts } from './posts/posts.ts'
export type { OperationEntry, RoomLog, RoomRecord, TakenLog } from './rooms/operationLog.ts'
export { RoomTakenError } from './rooms/operationLog.ts'
export { checkMayDraw, linksFor, type Role, type Room, type RoomLinks } from './rooms/room.ts'
export type { RoomOrigin } from './rooms/roomOrigins.ts'
export type { RoomMember } from './rooms/roomOwners.ts'
export type { NewRoom, RoomOfPerson, Rooms } from './rooms/rooms.ts'
export type { HealthCheck } from './shared/healthCheck.ts'
export type { FileHash, JobId, LearningId, PersonId, PictureId, RoomId, StyleId, StylePictureId } from './shared/ids.ts'
export {
  asFileHash,
  asJobId,
  asLearningId,
  asPersonId,
  asPictureId,
  asRoomId,
  asStyleId,
  asStylePictureId,
} from './shared/ids.ts'
export type { JobState } from './shared/jobStates.ts'
export { objectIn, parseJson } from './shared/rowJson.ts'
export type { Incoming, IncomingFile } from './storage/incoming.ts'
export type { RetirementDays } from './storage/retirement.ts'
export type { Storage, StorageTotals } from './storage/storage.ts'
export type { CurvePoint, Learning, LearningEvent } from './styles/learning.ts'
export type {
  Sharing,
  Style,
  StyleDetail,
  StyleInRoom,
  StyleLimits,
  StylePicture,
  StyleVersion,
} from './styles/style.ts'
export type { StyleSelection } from './styles/styleResolver.ts'
export type { Styles } from './styles/styles.ts'
export type { NewStylePicture } from './styles/uploads.ts'

/**
 * What people can ask for. Both faces (bot and server) and the command line speak to this and to nothing below it.
 * Every verb that a person triggers may throw a `UserError` (protocol/errors.ts).
 */
export interface Studio {
  /** What buckets and other programs know its database by. */
  readonly installation: string
  readonly engine: EngineInfo
  load(): EngineLoad
  /** What must hold for it to be of use: database, engine, disk. */
  readonly checks: readonly HealthCheck[]
  readonly people: People
  readonly pictures: Pictures
  readonly live: Live
  readonly sketches: Sketches
  readonly favorites: Favorites
  readonly rooms: Rooms
  /** Rooms that are open inside Discord. */
  readonly activities: Activities
  /** Pictures that people send from a room into chat. */
  readonly posts: Posts
  readonly styles: Styles
  readonly guilds: Guilds
  /** What those who manage a Discord server decide for it. */
  readonly guildOffice: GuildOffice
  readonly chat: Chat
  readonly readPrompt: ReadPrompt
  /** What may be painted, by whom and where; reports and stops. */
  readonly moderation: Moderation
  /** What people and addresses may take, for all faces. */
  readonly budgets: Budgets
  readonly storage: Storage
  /** What people see and decide about what is stored of them. */
  readonly ownData: OwnData
  /** Takes in what somebody sends, in pieces. */
  readonly incoming: Incoming
  /** Somebody is here: what belongs to those who never come again may be retired. */
  seen(person: PersonId): void
  /** Counts for `/metrics`: a handful of quick queries. */
  statistics(): Promise<Statistics>
  /** Told of each person whom the operator erases while this program runs; whoever has them in memory lets go of them. */
  onErased(listener: ErasureListener): void
  /** Told of the people and rooms that operators have stopped, here or in another program: at once and again and again. */
  onStopped(listener: StopListener): void
  /** Told of every query: how long the database took, in milliseconds. */
  onQuery(listener: (durationMs: number) => void): void
  /** Finishes or puts back what runs, then closes the database. The engine belongs to whoever opened it. */
  close(): Promise<void>
}

/** How much there is of everything. */
export interface Statistics {
  readonly pictures: Readonly<Record<JobState, number>>
  readonly learnings: Readonly<Record<JobState, number>>
  readonly people: number
  readonly rooms: number
}
