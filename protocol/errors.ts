import { limits } from './limits.ts'

/** How one error looks to people: what is wrong, what they can do about it, and how HTTP and Discord show it. */
export interface ErrorEntry {
  /** One or more whole sentences; `{name}` stands for a value that comes with the error. */
  readonly message: string
  /** What the person can do about it; left out where one of its values is not given. */
  readonly hint?: string
  /** Of an HTTP response. */
  readonly status: number
  /**
   * In Discord: `public` stands in the channel in place of the answer, as work that failed does; `private` is seen by
   * whoever asked alone, as refusals are.
   */
  readonly visibility: 'public' | 'private'
  /** It passes by itself: the same request may succeed later, so faces offer to send it again. */
  readonly passes?: true
}

const mebibytes = (bytes: number) => `${bytes / 2 ** 20} MB`

/** The hint of what operators have stopped; without one where they have given none. */
const reason = 'The reason: {reason}'

/** Every error that a person can meet, in one table; each face presents it in its own way. All else that is thrown is a bug. */
export const errors = {
  // What is asked of the engine
  'request/prompt': entry(
    'The prompt is not something this engine can read.',
    `Use plain text of at most ${limits.maxPromptCharacters} characters.`,
  ),
  'request/size': entry('The picture size is not one this model can paint.', 'Choose one that it offers.'),
  'request/memory': entry('The picture does not fit into the memory of this device.', 'Ask for a smaller size.'),
  'request/memory-size': entry(
    'The picture does not fit into the memory of this device: it needs about {needed} GB, and there are {there} GB.',
    'Ask for a smaller size.',
  ),
  'request/steps': entry('The steps do not fit.', `Use 1 to ${limits.maxSteps} whole steps.`),
  'request/strength': entry(
    'The strength cannot be used like this.',
    'Send an image with it, choose more steps, or a strength nearer to 1.',
  ),
  'request/seed': entry(`The seed must be a whole number from 0 to ${limits.maxSeed}.`),
  'request/guidance': entry(`The guidance must be a number from ${limits.minGuidance} to ${limits.maxGuidance}.`),
  'request/style': entry(
    'The styles asked for cannot be used.',
    `Name up to ${limits.maxStylesPerFrame} different styles.`,
  ),
  'request/image': entry('The picture to paint over cannot be used.', 'Send another as PNG, JPEG or WebP.'),
  'request/mask': entry('The mask cannot be used.', 'Send it with an image: white where that may change, else black.'),
  'request/negative-prompt': entry('The negative prompt cannot be used.', 'Leave it out, or choose another model.'),
  'request/branch': entry('The picture cannot be continued like this.'),
  'request/upscale': entry('The picture cannot be enlarged like this.'),
  'request/region': entry('The regions cannot be used.'),
  'engine/not-finite': entry('The model produced numbers that are not finite; this picture cannot be painted.', {
    visibility: 'public',
  }),
  'engine/stopped': entry('The engine stopped while painting this picture.', { visibility: 'public' }),
  'engine/loading': entry('The model is still being loaded; try again in a minute.', { visibility: 'public' }),
  'engine/closed': entry('The engine is closed.', { visibility: 'public' }),
  'model/broken': entry('The model folder cannot be used.', { visibility: 'public' }),
  'learn/pictures': entry('These pictures cannot be learned from.', 'Send other pictures as PNG, JPEG or WebP.'),
  'learn/recipe': entry('The recipe for learning cannot be followed.'),
  'learn/model': entry('This model cannot learn styles.'),
  'learn/cost': entry(
    'This style cannot be learned on this device.',
    'Learn fewer or smaller pictures, or the colours alone.',
  ),
  'learn/memory': entry(
    'This style cannot be learned on this device: it needs about {needed} GB of memory, and there are {there} GB.',
    'Learn fewer or smaller pictures, or the colours alone.',
  ),
  'learn/long': entry(
    'This style cannot be learned on this device: it would take about {hours} hours.',
    'Learn fewer or smaller pictures, or the colours alone.',
  ),
  'learn/blocking': entry(
    "This style cannot be learned on this device: each piece of it would keep everybody's pictures waiting for about {seconds} s.",
    'Learn smaller pictures, or the colours alone.',
  ),
  'learn/resume': entry('The checkpoint does not belong to this style.'),
  'style/size': entry('The style does not have the size that this model takes.'),
  'style/file': entry('The style cannot be read.', 'Attach a LoRA file (.safetensors) that was made for this model.'),
  'style/model': entry('The style belongs to another model.'),
  'device/unavailable': entry('The device asked for is not available.'),

  // Chat
  'chat/attach': entry(
    'I may not attach files in this channel.',
    'Ask for the permission "Attach Files" for me, or use me in a channel where I have it.',
  ),
  'chat/button': entry('This button is not one that I know any more.', 'Use /imagine.'),
  'chat/command': entry('This command is not one that I know any more.', 'Restart Discord to see those that I know.'),
  'chat/no-address': entry(
    'Nobody else could open a link to the canvas of this studio.',
    'Whoever runs it sets PUBLIC_URL.',
  ),
  'chat/server': entry('There is no server here.', 'Say this in a server.'),
  'chat/size': entry('"{value}" is not a size.', 'Write width x height, for example 128x128.'),
  'chat/size-range': entry(
    'This model cannot paint {width} × {height}.',
    'Width and height go from {min} to {max} in steps of {multiple}.',
  ),
  'chat/seed': entry('"{value}" is not a seed.', `Use a whole number from 0 to ${limits.maxSeed}, or leave it empty.`),
  'chat/strength': entry('This strength cannot be used.', 'Write a number above 0 and up to 1, for example 0.6.'),
  'chat/number': entry('“{value}” is not a whole number for “{field}”.', 'Use digits alone, or leave it empty.'),
  'chat/style': entry('There is no style "{name}", or it is not shared with you.'),
  'chat/style-pictures': entry('There are no pictures to learn from.', 'Attach one to ten.'),
  'chat/style-file-large': entry(
    'This file is too large: at most 32 MB here.',
    'Larger ones go through the styles panel of the canvas.',
  ),
  'chat/style-file-broken': entry('This file could not be fetched from Discord.', 'Attach it once more.'),
  'chat/stop-what': entry('Nothing is named.', 'Name a person, a style or the server.'),
  'chat/stop-one': entry('Several things are named.', 'Name one of person, style and server.'),
  'chat/picture-link': entry(
    'This picture is not here any more.',
    'Give the link of its size, which stands below each picture.',
  ),
  'chat/region-mask': entry('The region has no mask.', 'Send `region-mask`: a picture that is white where it applies.'),
  'chat/region-prompt': entry('The region has no prompt.', 'Send `region`: its prompt.'),
  'chat/no-pictures': entry('There are no pictures in this message.', 'Choose a message with pictures.'),
  'chat/no-author': entry(
    'Nobody can be asked whether these pictures may be learned from.',
    'Choose a message of a person.',
  ),
  'chat/not-asked': entry('Only the person who was asked can answer this.'),
  'chat/report-closed': entry('This report is closed already.'),

  // Pictures sent from the page to Discord
  'post/guest': entry('Discord does not know who you are.', 'Sign in with Discord, then send it.', { status: 403 }),
  'post/off': entry('No Discord bot is connected here.', 'Whoever runs this studio sets DISCORD_TOKEN.', {
    status: 404,
  }),
  'post/empty': entry('This frame has no picture yet.', 'Paint it first.'),
  'post/not-member': entry(
    'You are not in that server, or have not used me there for a month.',
    'Use /info there once.',
  ),
  'post/not-there': entry('I am no member where that is, so I cannot write there.', 'Choose a channel of a server.'),
  'post/not-allowed': entry(
    'You may not write and attach files in that channel, so I do not do it for you.',
    'Choose another one.',
    { status: 403 },
  ),
  'post/bot-not-allowed': entry(
    'I may not write and attach files in that channel.',
    'Ask for View Channel, Send Messages and Attach Files for me, or choose another one.',
    { status: 403 },
  ),
  'post/age-restricted': entry(
    'Channels for adults take pictures only from rooms that were opened there.',
    'Choose another one.',
    { status: 403 },
  ),
  'post/gone': entry('That channel is not there any more.', 'Choose another one.', { status: 404 }),
  'post/archived': entry('That thread is closed.', 'Choose another one.'),
  'post/slow-mode': entry(
    'That channel is in slow mode: one message of yours in {seconds} seconds.',
    'Wait a little, or choose another one.',
    { passes: true },
  ),
  'post/slow-mode-now': entry('That channel is in slow mode.', 'Wait a little, or choose another one.', {
    passes: true,
  }),
  'post/blocked': entry('AutoMod of that server does not let this message through.', 'Choose another channel.'),
  'post/limited': entry('Discord takes no more messages for now.', 'Try again in {seconds} seconds.', {
    status: 503,
    passes: true,
  }),
  'post/unreachable': entry('Discord does not answer.', 'Try again in a minute.', { status: 503, passes: true }),
  'post/lost': entry(
    'Discord has not answered, so the picture may be there already.',
    'Send it again within a few minutes: it is not posted twice.',
    { status: 503, passes: true },
  ),
  'post/refused': entry('Discord did not take this message.', 'Choose another channel.'),

  // Pictures
  'prompt/empty': entry('The prompt is empty.', 'Say what to paint.'),
  'prompt/long': entry('The prompt is too long.', `Use at most ${limits.maxPromptCharacters} characters.`),
  'prompt/characters': entry('The prompt contains control characters.', 'Type it as plain text.'),
  'picture/count': entry(`Ask for 1 to ${limits.maxPicturesAtOnce} pictures at a time.`),
  'picture/missing': entry('This picture is not here any more.', { status: 404 }),
  'picture/not-yours': entry('Only the person who asked for this picture can do that.'),
  'picture/unfinished': entry('This picture is not finished yet.'),
  'picture/interrupted': entry(
    'The studio was stopped several times while painting this picture.',
    'Ask for it again.',
    { visibility: 'public' },
  ),
  'picture/model': entry('This picture was asked of a model that is no longer here.', 'Ask for it again.', {
    visibility: 'public',
  }),
  'picture/bug': entry('Something went wrong in the studio, and it has been noted.', 'Please try again.', {
    visibility: 'public',
  }),
  'queue/full': entry('The studio is busy.', 'Try again in a minute.', { passes: true }),
  'queue/yours': entry(
    'You already have as many pictures waiting as one person may.',
    'Wait for one to finish or cancel it.',
    { passes: true },
  ),
  'live/yours': entry(
    'As many frames are being painted live for you as one person may have.',
    'Wait a moment, or switch Live off in one of them.',
    { status: 429, passes: true },
  ),
  'live/full': entry('Many frames are being painted live right now.', 'Try again in a moment.', {
    status: 503,
    passes: true,
  }),
  'image/type': entry('This file is not an image we can read.', 'Use PNG, JPEG or WebP.', { status: 415 }),
  'image/animated': entry('Animated images cannot be used.', 'Send a single picture.'),
  'image/broken': entry('This image is damaged or cut off and cannot be read.'),
  'image/large': entry(
    `This image is too large: at most ${limits.maxBroughtImagePixels / 1e6} million pixels, ${limits.maxBroughtImageSide} on a side, and ${mebibytes(limits.maxUploadBytes)}.`,
    { status: 413 },
  ),

  // Rooms
  'room/missing': entry('This room does not exist, or the link is wrong.', { status: 404 }),
  'room/viewer': entry('You can look at this room but not draw in it.', 'Ask for the edit link.', { status: 403 }),
  'room/locked': entry('This room is locked: only its owners change it.', 'Ask one of them to unlock it.', {
    status: 403,
  }),
  'room/owner': entry('Only an owner of this room can do that.', { status: 403 }),
  'room/last-owner': entry('A room needs an owner.', 'Make somebody else an owner first.'),
  'room/removed': entry('An owner of this room has removed you from it.', { status: 403 }),
  'room/deleted': entry('An owner of this room has deleted it, with everything in it.', { status: 410 }),
  'room/member': entry('This person is not among the members of this room.'),
  'room/name': entry(`A room name has 1 to ${limits.maxRoomNameCharacters} characters that can be seen.`),
  'room/palette': entry(
    `This room's palette is full: it holds ${limits.maxPaletteColors} colours.`,
    'Take one out first.',
  ),
  'room/not-entered': entry('Enter a room first.'),
  'room/client': entry('Another person uses this client id.', 'Reload the page.'),
  'room/fast': entry('Too many changes at once: the rest follows in a moment.', { passes: true }),
  'room/order': entry('Earlier changes of this page are missing: it sends them again.', { passes: true }),
  'room/ink': entry(`This room is full of ink: it holds at most ${limits.maxPointsPerRoom} points.`),
  'room/unsaved': entry('The change could not be saved: it is tried again.', { passes: true }),
  'room/moving': entry('This room is moving to another server.', 'It opens in a moment.', { passes: true }),
  'room/stopping': entry('The studio is being stopped.', { passes: true }),
  'frame/missing': entry('This frame is not in the room.'),
  'frame/link': entry('This link shows no frame any more.', 'Ask for a new one.', { status: 404 }),
  'frame/busy': entry('This frame is being painted.', 'Wait for that picture, or cancel it.', { passes: true }),
  'frame/prompt': entry('The frame has no prompt.', 'Say what to paint.'),
  'file/missing': entry('This image is not on the server.', 'Upload it first.', { status: 404 }),

  // What is painted, and what operators have stopped
  'prompt/blocked': entry('This prompt has words that are not painted here.', 'Say it in another way.', {
    visibility: 'private',
  }),
  'picture/blocked': entry('This picture is not shown here: it may not be fit for everybody.', 'Ask for another.'),
  'person/stopped': entry('An operator of this studio has stopped you from painting here.', reason, {
    status: 403,
    visibility: 'private',
  }),
  'room/stopped': entry('An operator of this studio has closed this room.', reason, { status: 403 }),
  'guild/stopped': entry('An operator of this studio has stopped painting in this server.', reason, { status: 403 }),
  'studio/stopped': entry('An operator has stopped painting for now: try again later.', reason, {
    status: 503,
    passes: true,
  }),

  // What there is room for
  'storage/yours': entry('You have as much stored here as one person may.', 'Delete pictures or styles first.', {
    status: 507,
  }),
  'storage/full': entry('This studio is full: no more can be stored.', 'Try again later.', {
    status: 507,
    passes: true,
  }),
  'storage/disk': entry(
    'The disk of this studio is nearly full: nothing can be brought in for now.',
    'Painting goes on; tell whoever runs it.',
    { status: 507, passes: true },
  ),
  'storage/away': entry('The storage of this studio does not answer.', 'Try again in a minute.', {
    status: 503,
    passes: true,
  }),
  'room/many': entry('You have as many rooms as one person may.', 'Use one of them.', { status: 403 }),
  'socket/many': entry('You have too many pages open here.', 'Close some of them, and reload this one.', {
    status: 429,
    passes: true,
  }),
  'upload/many': entry('Too many uploads at once.', 'Wait until one is done.', { status: 429, passes: true }),
  'upload/slow': entry('The upload stood still for too long.', 'Try again.', { status: 408, passes: true }),
  'server/busy': entry('Too much is going on here right now.', 'Try again in a minute.', {
    status: 503,
    passes: true,
  }),

  // Operations on the scene. Harmless: the scene stays as it was.
  'element/exists': entry('There is already an element with this id.'),
  'element/missing': entry('This element is not in the room.'),
  'element/full': entry(`This room is full: it holds at most ${limits.maxElements} elements.`),
  'element/field': entry('This kind of element has no such field.'),
  'stroke/not-yours': entry('Only the person who draws a stroke can make it longer.'),
  'stroke/gap': entry('Points of this stroke are missing before these.'),
  'stroke/long': entry(`A stroke has at most ${limits.maxPointsPerStroke} points.`),
  'layer/locked': entry('This layer is locked.', 'Unlock it in the list of layers.'),
  'layer/full': entry(`A frame has at most ${limits.maxLayersPerFrame} layers.`, 'Delete one first.'),
  'frame/size': entry(`A frame is from ${limits.minFrameSize} to ${limits.maxFrameSize} units wide and high.`),

  // People
  'person/name': entry(`A name has 1 to ${limits.maxNameCharacters} characters.`),
  'person/join': entry('Only the things of a guest can be given to an account that is signed in with Discord.'),
  'guest/missing': entry('The server does not know this browser.', 'Allow cookies for this page and reload it.', {
    status: 401,
  }),
  'guest/fast': entry('Too many at once from here.', 'Wait a minute and try again.', { status: 429, passes: true }),
  'sign-in/off': entry('Signing in with Discord is not set up here.', { status: 404 }),
  'sign-in/state': entry('This sign-in was not begun in this browser, or too long ago.', 'Begin it again.'),
  'sign-in/failed': entry('Discord did not confirm who you are.', 'Try to sign in again.'),
  'sign-in/code': entry('This link has been used or is too old.', 'Ask for a new one.', { status: 401 }),
  'activity/not-in': entry('Discord does not say that you are in this room.', 'Open it once more from Discord.', {
    status: 403,
  }),
  'guild/learning-off': entry('Teaching styles is switched off in this server.'),
  'guild/sharing-off': entry('Sharing styles is switched off in this server.'),
  'export/missing': entry('This link leads to nothing any more.', 'Ask for a new one with /me.', { status: 404 }),
  'export/running': entry('This is being downloaded already.', 'Try again when that is done.', {
    status: 429,
    passes: true,
  }),
  'report/subject': entry('This message has no picture or style of mine that could be reported.'),
  'guild/setting': entry('This setting cannot be like that.'),
  'guild/setting-words': entry(
    'These blocked words cannot be set.',
    `They are at most ${limits.maxBlockedWords} words or phrases of up to ${limits.maxBlockedWordCharacters} characters, one in each line; a * at the end stands for any ending.`,
  ),
  'guild/setting-budget': entry(
    'This budget cannot be set.',
    'Write whole numbers: 1 to 10000 pictures per hour, 1 to 1000 at once, 1 to 8192 pixels; empty is no limit. At most 25 roles can have a budget.',
  ),
  'guild/setting-cool-down': entry('This cool-down cannot be set.', 'It is a whole number of seconds from 0 to 86400.'),
  'guild/setting-channels': entry('These channels cannot be set.', 'Choose at most 25.'),
  'guild/channel': entry('This server does not paint in this channel.', 'Go to {channels}.'),
  'guild/age-restricted': entry(
    'This server paints in age-restricted channels only.',
    'Go to one, or ask those who manage this server.',
  ),
  'guild/image-check': entry(
    'This server paints only where pictures are checked before anybody sees them, and this studio does not check any.',
    'Those who manage this server can change that in /studio settings.',
  ),
  'guild/size': entry(
    'This picture is larger than this server allows you.',
    'Your roles allow up to {maxSide} pixels on a side.',
  ),
  'guild/hourly': entry(
    'You have had as many pictures in this hour as this server allows you.',
    'Your roles allow {count} in an hour; they come back one after the other.',
    { passes: true },
  ),
  'guild/concurrent': entry(
    'You have as many pictures waiting as this server allows you.',
    'Your roles allow {count} at once: wait for one to finish or cancel it.',
    { passes: true },
  ),
  'guild/cool-down': entry(
    'One request after the other.',
    'There are {seconds} seconds between two requests of one person.',
    { passes: true },
  ),
  'guild/member-stopped': entry('Those who manage this server have stopped you from painting here.', reason, {
    status: 403,
  }),
  'guild/style-stopped': entry('Those who manage this server do not want this style here: choose another.', reason, {
    status: 403,
  }),
  'guild/manager': entry('Only those who manage this server can change that.'),

  // Styles
  'style/none': entry('This model cannot take styles.'),
  'style/missing': entry('There is no such style, or it is not shared with you.', { status: 404 }),
  'style/deleted': entry('Its owner has deleted this style.', { status: 404 }),
  'style/not-yours': entry('Only the owner of this style can do that.', { status: 403 }),
  'style/name': entry(
    `A style has a name of 1 to ${limits.maxStyleNameCharacters} characters that can be seen, without colons and commas.`,
  ),
  'style/name-taken': entry('You already have a style of this name.', 'Choose another, or delete the old one.'),
  'style/count': entry('You have as many styles as one person may.', 'Delete one first.'),
  'style/pictures-few': entry('A style needs pictures to learn from.', 'Add at least one, better five to twenty.'),
  'style/pictures-many': entry('This style has as many pictures as it may have.', 'Remove one first.'),
  'style/picture-missing': entry('This picture is not among those of the style.'),
  'style/picture-foreign': entry(
    'Only pictures that you bring for this purpose, or made here yourself, can be learned from.',
  ),
  'style/caption': entry(`A caption has at most ${limits.maxCaptionCharacters} characters.`),
  'style/learning': entry('This style is being learned right now.', 'Wait until that has ended, or cancel it.'),
  'style/not-learning': entry('This style is not being learned.'),
  'style/unlearned': entry('This style has not been learned yet.'),
  'style/interrupted': entry('The studio was stopped several times while learning this style.', 'Learn it again.', {
    visibility: 'public',
  }),
  'style/learning-failed': entry(
    'Something went wrong while learning this style, and it has been noted.',
    'Please try again.',
    { visibility: 'public' },
  ),
  'style/busy': entry('As many styles are being learned as this studio can hold.', 'Try again in a few minutes.', {
    passes: true,
  }),
  'style/busy-yours': entry(
    'You are already teaching as many styles as one person may.',
    'Wait for one to finish or cancel it.',
    { passes: true },
  ),
  'style/often': entry('You have taught as many styles today as one person may.', 'Try again tomorrow.', {
    status: 429,
    passes: true,
  }),
  'style/disabled': entry('This style was disabled by an operator of this studio.', reason),
  'style/version': entry('This style has no such version.'),
  'style/examples': entry(
    `Choose at most ${limits.maxExamplePrompts} example prompts of 1 to ${limits.maxPromptCharacters} characters.`,
  ),
  'region/many': entry(
    `A frame has at most ${limits.maxRegions} parts with prompts of their own.`,
    'Remove one first.',
  ),
  'style/many': entry(`At most ${limits.maxStylesPerFrame} styles can be mixed in one picture.`),
  'style/weight': entry(`The strength of a style is a number from 0 to ${limits.maxStyleWeight}.`),
  'style/sharing': entry(
    'A style can be private, shared with a server where you have spoken to the bot, or with everyone.',
  ),
  'style/operator': entry('Only an operator of this studio can do that.', { status: 403 }),
  'style/large': entry(`A style file has at most ${mebibytes(limits.maxStyleFileBytes)}.`, { status: 413 }),

  // Messages and requests as such
  'message/invalid': entry('This message does not have the form that the server expects.'),
  'protocol/version': entry('This page is older or newer than the server.', 'Reload it.'),
  'host/foreign': entry(
    'This server does not answer under this name.',
    'Whoever runs it sets PUBLIC_URL to the address that people use.',
    { status: 421 },
  ),
  'origin/foreign': entry('Requests from other websites are not accepted.', { status: 403 }),
  'body/large': entry(`This upload is too large: at most ${mebibytes(limits.maxUploadBytes)}.`, { status: 413 }),
  'body/json': entry(`This request is too large: at most ${limits.maxJsonBytes / 1024} kB.`, { status: 413 }),
  'page/missing': entry('There is nothing here.', { status: 404 }),
  'page/unbuilt': entry('The pages are not built yet.', 'Run `npm run build` once.', { status: 503 }),
  'metrics/closed': entry('The figures are not shown here.', 'Set METRICS_TOKEN, or METRICS_LISTEN and ask there.', {
    status: 403,
  }),
  'metrics/token': entry(
    'The figures are for whoever has the token.',
    'Send METRICS_TOKEN as `Authorization: Bearer …`.',
    { status: 401 },
  ),
  'reply/late': entry('The studio did not answer.', 'Please try again.', { status: 504, passes: true }),
  'server/bug': entry('Something went wrong here, and it has been noted.', 'Try again.', { status: 500 }),

  // Starting the program
  'start/port': entry('The port cannot be used.', 'Set PORT to another.'),
  'start/metrics': entry('The address in METRICS_LISTEN cannot be used.', 'Choose another port or host.'),
  'start/other-database': entry(
    'The files there are those of another database.',
    'Correct DATABASE_URL or STORAGE, or name a folder of its own.',
  ),
  'start/storage': entry('The storage cannot be used.', 'Check STORAGE.'),
  'start/discord': entry('The bot cannot join Discord.', 'Check DISCORD_TOKEN.'),
  'data/unwritable': entry('The data folder cannot be written.', 'Set FOURSTROKE_DATA to one that can.'),
  'data/locked': entry(
    'Another program serves from this data folder.',
    'Stop it, or set FOURSTROKE_DATA to another folder; on PostgreSQL several programs may share one database.',
  ),
  'database/unusable': entry('The database cannot be used.', 'Check DATABASE_URL.'),
  'database/newer': entry('The database is newer than this program.', 'Update the program.'),
  'backup/exists': entry('There is a file of this name.', 'Choose another name for the backup.'),
  'backup/nothing': entry('There is nothing to back up.', 'Set FOURSTROKE_DATA and DATABASE_URL.'),
  'backup/missing': entry('There is no such backup.'),
  'backup/tools': entry(
    'PostgreSQL is backed up and restored by its own programs pg_dump and pg_restore, which were not found.',
    'Install them, for example `apt-get install postgresql-client` on Debian.',
  ),
  'backup/broken': entry('The backup cannot be restored.'),
  'backup/newer': entry('The backup was written by a newer program.', 'Update this one first.'),
  'restore/not-empty': entry('A backup is restored into an empty folder.', 'Set FOURSTROKE_DATA to one.'),
  'restore/database': entry('A backup is restored into an empty database.', 'Set DATABASE_URL to one.'),
  'restore/provider': entry('The backup is of another kind of database.', 'Set DATABASE_URL to one of its kind.'),
  'person/missing': entry('There is nobody of this id or name.', { status: 404 }),
  'person/ambiguous': entry('Several people have this name.', 'Say which, by id.'),
  'export/exists': entry('The folder is not empty.', 'Name one that is not there yet.'),
  'settings/invalid': entry('A setting cannot be used.', 'Compare it with .env.example.'),
  'options/invalid': entry('An option of the command cannot be used.', 'See --help.'),
} as const satisfies Record<string, ErrorEntry>
export type ErrorCode = keyof typeof errors

type Rest = Partial<Pick<ErrorEntry, 'status' | 'visibility' | 'passes'>>
function entry(message: string, rest?: Rest): ErrorEntry
function entry(message: string, hint: string, rest?: Rest): ErrorEntry
function entry(message: string, second: string | Rest = {}, rest: Rest = {}): ErrorEntry {
  const hint = typeof second === 'string' ? { hint: second } : second
  return { message, status: 400, visibility: 'private', ...hint, ...rest }
}

/** An error on its way: in replies, over HTTP, between processes, in database rows. */
export interface ErrorPayload {
  readonly code: string
  readonly message: string
  readonly hint?: string
  /** What stands in message and hint, for those who say it in another language. */
  readonly values?: ErrorValues
}
export type ErrorValues = Readonly<Record<string, string | number>>

/** The text with its values in place of `{name}`; undefined where one is not given. */
export function fillValues(text: string, values: ErrorValues = {}): string | undefined {
  const isMissing = [...text.matchAll(valuePattern)].some(([, name = '']) => (values[name] ?? '') === '')
  return isMissing ? undefined : text.replace(valuePattern, (_, name: string) => String(values[name]))
}
const valuePattern = /\{(\w+)\}/g

/** Something the person can mend. Everything else that is thrown is a bug: logged whole, and apologised for. */
export class UserError extends Error {
  readonly code: ErrorCode
  readonly hint: string | undefined
  readonly values: ErrorValues | undefined
  /** The same succeeds after so long, unless more was asked for meanwhile; undefined: nobody knows. */
  readonly retryAfterSeconds: number | undefined

  /** Without a message of its own it says what the table says, with the table's hint and these values. */
  constructor(
    code: ErrorCode,
    message?: string,
    options: ErrorOptions & Partial<Pick<UserError, 'hint' | 'values' | 'retryAfterSeconds'>> = {},
  ) {
    const { hint, values, retryAfterSeconds, ...rest } = options
    const { message: usual, hint: usualHint = '' } = entryOf(code)
    super(message ?? fillValues(usual, values) ?? usual, rest)
    this.name = 'UserError'
    this.code = code
    this.hint = hint ?? (message === undefined ? fillValues(usualHint, values) || undefined : undefined)
    this.values = values
    this.retryAfterSeconds = retryAfterSeconds
  }

  /** An error that another process or program has sent. */
  static from({ code, message, hint, values }: ErrorPayload): UserError {
    // A newer server may know codes that this table does not hold; `entryOf` treats them as any other.
    return new UserError(code as ErrorCode, message, { hint, values })
  }

  get status(): number {
    return entryOf(this.code).status
  }

  get visibility(): ErrorEntry['visibility'] {
    return entryOf(this.code).visibility
  }

  get passes(): boolean {
    return entryOf(this.code).passes === true
  }

  get payload(): ErrorPayload {
    const { code, message, hint, values } = this
    return { code, message, ...(hint !== undefined && { hint }), ...(values && { values }) }
  }
}

/** The payload of an error, with another message than the table's if one is given. */
export const errorPayload = (code: ErrorCode, message?: string): ErrorPayload => new UserError(code, message).payload

/** What people read: the message, and what they can do about it. */
export const errorText = ({ message, hint }: Pick<ErrorPayload, 'message'> & { readonly hint?: string | undefined }) =>
  hint === undefined ? message : `${message} ${hint}`

function entryOf(code: ErrorCode): ErrorEntry {
  return Object.hasOwn(errors, code) ? errors[code] : entry('Something went wrong.')
}
