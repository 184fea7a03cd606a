import { z } from 'zod'
import { countInk } from './apply.ts'
import { isDepthKey } from './depth.ts'
import type { ClientToServer, EnterRequest, OperationBatch } from './events.ts'
import type { FrameOptions, PaintOptions } from './frameOptions.ts'
import { limits } from './limits.ts'
import { isVisibleName } from './names.ts'
import { type Brush, type Change, type NewElement, type Operation, ringUnits } from './scene.ts'

/**
 * What a browser may send, checked where it enters: known fields only (`__proto__` is an unknown field like any other),
 * finite numbers, lengths within `limits`. Behind this door messages are trusted to have their type.
 */
const id = z.string().regex(/^[A-Za-z0-9_-]{1,40}$/, 'Expected an id of 1 to 40 letters, digits, - and _')
const hash = z.string().regex(/^[0-9a-f]{64}$/, 'Expected the hash of a file')
const color = z.string().regex(/^#[0-9a-f]{6}([0-9a-f]{2})?$/i, 'Expected a colour as #rrggbb or #rrggbbaa')
const paletteColor = z.string().regex(/^#[0-9a-f]{6}$/, 'Expected a colour as #rrggbb, in lower case')
const zIndex = z.string().max(limits.maxDepthCharacters).refine(isDepthKey, 'Expected a fractional index')
/** Finite by itself: zod's numbers refuse NaN and infinities. */
const coordinate = z.number().min(-limits.maxCoordinate).max(limits.maxCoordinate)
/** Radians. */
const rotation = z.number().min(-Math.PI).max(Math.PI)
const turned = { rotation: rotation.exactOptional() }
/** Whether the layer is there is asked whenever it matters: it may come, go and come back. */
const layer = id.nullable()
const onLayer = { layer: layer.exactOptional() }
const length = z.number().min(0).max(limits.maxCoordinate)
const brushSize = z.number().min(0).max(limits.maxBrushSize)
const share = z.number().min(0).max(1)
const brush = z.strictObject({
  tip: z.enum(['hard', 'soft']),
  opacity: share,
  flow: share,
  pressureOnSize: z.boolean(),
  pressureOnOpacity: z.boolean(),
}) satisfies z.ZodType<Brush>
const scale = z
  .number()
  .min(-1000)
  .max(1000)
  .refine(value => Math.abs(value) >= 0.001, 'Expected a scale that is not zero')

/** Control characters but for line ends and tabs have no business in text that people type. */
const isPlainText = (text: string) => !/[\p{Cc}\p{Cs}]/u.test(text.replace(/[\n\r\t]/g, ' '))
const plainText = (max: number) =>
  z.string().max(max).refine(isPlainText, 'Expected plain text without control characters')
const name = (max: number) =>
  plainText(max).refine(isVisibleName, 'Expected a name without invisible characters and changes of direction')
export const personName = name(limits.maxNameCharacters).trim().min(1)
export const roomName = name(limits.maxRoomNameCharacters).trim().min(1)

const isPoints = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length % 3 === 0 &&
  value.length <= limits.maxPointsPerMessage * 3 &&
  // One pass without an issue list per number: strokes are the bulk of what a room sends.
  value.every((number, index) =>
    typeof number !== 'number'
      ? false
      : index % 3 === 2
        ? number >= 0 && number <= 1
        : Math.abs(number) <= limits.maxCoordinate,
  )
const points = z.custom<number[]>(
  isPoints,
  `Expected at most ${limits.maxPointsPerMessage} points as flat x, y, pressure (0…1) numbers`,
)

const guidance = z.number().min(limits.minGuidance).max(limits.maxGuidance)
const seed = z.int().min(0).max(limits.maxSeed)

const ring = z
  .array(z.int().min(0).max(ringUnits))
  .min(6)
  .refine(numbers => numbers.length % 2 === 0, 'Expected flat x, y pairs')
const rings = z
  .array(ring)
  .min(1)
  .refine(
    all => all.reduce((sum, one) => sum + one.length / 2, 0) <= limits.maxAreaPoints,
    `Expected at most ${limits.maxAreaPoints} points in all rings together`,
  )

const box = { x: coordinate, y: coordinate, width: length, height: length }
const recipe = {
  prompt: plainText(limits.maxPromptCharacters),
  strength: share,
  guidance,
  steps: z.int().min(1).max(limits.maxSteps),
  seed,
}
/** Who lent a style is not for the browser to say: what it says of that is left out. */
const frameStyles = z
  .array(z.object({ style: id, weight: z.number().min(0).max(limits.maxStyleWeight) }))
  .max(limits.maxStylesPerFrame)
  .refine(
    styles => new Set(styles.map(({ style }) => style)).size === styles.length,
    'Expected each style once; give it more weight instead',
  )
/** A hand may let go beside the frame. */
const lineEnd = z.number().min(-1_000).max(1_000)
const gradientLine = z.tuple([lineEnd, lineEnd, lineEnd, lineEnd])
const areaGradient = z.strictObject({ to: color, line: gradientLine })
const paper = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('color'), color }),
  z.strictObject({ kind: z.literal('gradient'), from: color, to: color, line: gradientLine.exactOptional() }),
  z.strictObject({ kind: z.literal('picture'), file: hash }),
])
const byStep = <T extends z.ZodType>(value: T) => z.array(value).min(1).max(limits.maxSteps)
const region = z.strictObject({
  ...{ mask: hash, prompt: recipe.prompt },
  ...optional({
    negativePrompt: recipe.prompt,
    guidance,
    guidanceByStep: byStep(guidance),
    styles: frameStyles,
    weight: z.number().positive().max(limits.maxRegionWeight),
  }),
})
const optionFields = {
  negativePrompt: recipe.prompt,
  guidanceByStep: byStep(guidance),
  timesteps: byStep(z.int().min(0).max(999)),
  variation: z.strictObject({ seed, strength: share }),
  maskImage: hash,
  maskBlur: z.number().min(0).max(limits.maxMaskBlur),
  regions: z.array(region).max(limits.maxRegions),
}
/** Numbers that only fit some models are checked by the engine, which says what it expected. */
const frameOptions = z.strictObject(
  optional({ ...optionFields, isFiner: z.boolean() }),
) satisfies z.ZodType<FrameOptions>
const margin = z.int().min(0).max(limits.maxImageSide)
const paintOptions = z.strictObject(
  optional({
    ...optionFields,
    ...{ prompt: recipe.prompt, strength: share, image: hash },
    endStep: recipe.steps,
    upscale: z.strictObject({ strength: z.number().min(0).max(limits.maxUpscaleStrength) }),
    outpaint: z.strictObject({ left: margin, top: margin, right: margin, bottom: margin }),
    from: z.strictObject({ picture: id, ...optional({ step: recipe.steps }) }),
  }),
) satisfies z.ZodType<PaintOptions>
const frameFields = { name: name(limits.maxNameCharacters), ...recipe, seedLocked: z.boolean(), live: z.boolean() }
const shapeFields = { stroke: color.nullable(), fill: color.nullable(), size: brushSize }
const place = { id, z: zIndex }
const ink = { ...place, ...onLayer }
const layerFields = {
  name: name(limits.maxNameCharacters),
  hidden: z.boolean(),
  locked: z.boolean(),
  opacity: share,
  unseen: z.boolean(),
}

const newElement = z.discriminatedUnion('kind', [
  z.strictObject({
    ...ink,
    kind: z.literal('stroke'),
    color,
    size: brushSize,
    erases: z.boolean(),
    brush: brush.exactOptional(),
    pressure: z.boolean(),
    points,
    x: coordinate,
    y: coordinate,
    scaleX: scale,
    scaleY: scale,
    ...turned,
    done: z.boolean(),
  }),
  z.strictObject({ ...ink, ...box, ...turned, kind: z.enum(['rectangle', 'ellipse']), ...shapeFields }),
  z.strictObject({
    ...ink,
    ...box,
    ...turned,
    kind: z.literal('area'),
    color,
    rings,
    gradient: areaGradient.exactOptional(),
  }),
  z.strictObject({ ...ink, ...box, ...turned, kind: z.literal('image'), file: hash }),
  z.strictObject({ ...place, kind: z.literal('layer'), frame: id, ...layerFields }),
  z.strictObject({
    ...place,
    ...box,
    kind: z.literal('frame'),
    ...frameFields,
    styles: frameStyles.exactOptional(),
    paper: paper.nullable().exactOptional(),
    options: frameOptions.nullable().exactOptional(),
  }),
]) satisfies z.ZodType<NewElement>

const changeFields = {
  z: zIndex,
  ...box,
  ...shapeFields,
  ...frameFields,
  ...layerFields,
  layer,
  styles: frameStyles,
  paper: paper.nullable(),
  options: frameOptions.nullable(),
  color,
  scaleX: scale,
  scaleY: scale,
  rotation,
}
const change = z.strictObject(optional(changeFields)) satisfies z.ZodType<Change>

const changeBase = z.strictObject(optional({ styles: frameStyles, options: frameOptions.nullable() }))

const placementFields = { z: zIndex, layer, ...box, scaleX: scale, scaleY: scale, rotation }
const arrangement = z.strictObject({ id, change: z.strictObject(optional(placementFields)) })
const arrangements = z
  .array(arrangement)
  .min(1)
  .max(limits.maxArranged)
  .refine(
    changes => new Set(changes.map(one => one.id)).size === changes.length,
    'Expected each element once; put all of its changes into one',
  )
const ids = z.array(id).min(1).max(limits.maxIdsPerOperation)

export const operation: z.ZodType<Operation> = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('add'), element: newElement }),
  z.strictObject({
    type: z.literal('extend'),
    id,
    from: z.int().min(0).max(limits.maxPointsPerStroke),
    points,
    done: z.boolean(),
  }),
  z.strictObject({ type: z.literal('change'), id, change, ...optional({ from: changeBase }) }),
  z.strictObject({ type: z.literal('arrange'), changes: arrangements }),
  z.strictObject({
    type: z.literal('edit'),
    id,
    from: plainText(limits.maxPromptCharacters),
    to: plainText(limits.maxPromptCharacters),
  }),
  z.strictObject({ type: z.literal('remove'), ids }),
  z.strictObject({ type: z.literal('restore'), ids }),
])

const enterRequest: z.ZodType<EnterRequest> = z.strictObject({
  protocol: z.int(),
  secret: z.string().min(1).max(64),
  client: id,
  clock: z.int().min(0).nullable(),
})

const operationBatch: z.ZodType<OperationBatch> = z.strictObject({
  seq: z.int().min(1),
  operations: z
    .array(operation)
    .min(1)
    .max(limits.maxOperationsPerMessage)
    .refine(
      operations => operations.reduce((sum, one) => sum + countInk(one), 0) <= limits.maxPointsPerMessage,
      `Expected at most ${limits.maxPointsPerMessage} points in one message`,
    ),
})

const discordId = z.string().regex(/^\d{1,20}$/)
const frameRequest = z.strictObject({ frameId: id })

/** The check of every message's one argument, by event. */
export const messageChecks = {
  'room:enter': enterRequest,
  'scene:operate': operationBatch,
  'cursor:move': z.strictObject({ x: coordinate, y: coordinate, ...optional({ isPointing: z.boolean() }) }).nullable(),
  'person:follow': id.nullable(),
  'view:show': z.strictObject(box),
  'people:find': z.array(id).min(1).max(limits.maxPeopleFound),
  'person:rename': personName,
  'room:rename': roomName,
  'room:members': z.null(),
  'member:role': z.strictObject({ person: id, role: z.enum(['owner', 'editor', 'viewer']) }),
  'member:remove': z.strictObject({ person: id }),
  'room:lock': z.boolean(),
  'room:renew-links': z.null(),
  'room:delete': z.null(),
  'palette:add': paletteColor,
  'palette:remove': paletteColor,
  'frame:paint': z.strictObject({ frameId: id, ...optional({ options: paintOptions }) }),
  'frame:link': frameRequest,
  'frame:watch': z.strictObject({ room: id, frameId: id, key: z.string().min(1).max(64) }),
  'frame:cancel': frameRequest,
  'frame:history': frameRequest,
  'frame:save': frameRequest,
  'discord:places': z.null(),
  'discord:channels': discordId,
  'frame:send': z.strictObject({
    ...{ frameId: id, picture: z.string().min(1).max(64), channel: discordId.nullable() },
    ...{ request: z.string().min(1).max(64), mayDraw: z.boolean() },
  }),
  'frame:restore': z.strictObject({ frameId: id, picture: z.string().min(1).max(64) }),
  'preview:shown': z.int().min(0),
  'style:watch': id,
  'style:unwatch': id,
} as const satisfies { [E in keyof ClientToServer]: z.ZodType<Parameters<ClientToServer[E]>[0]> }

const styleName = name(limits.maxStyleNameCharacters)
const caption = plainText(limits.maxCaptionCharacters)

/** Reports and stops over HTTP, as http.ts lists them. */
export const moderationChecks = {
  report: z.strictObject({
    kind: z.enum(['picture', 'style']),
    subject: z.string().min(1).max(40),
    reason: z.string().max(400),
  }),
  stop: z.strictObject({
    kind: z.enum(['person', 'room', 'guild', 'studio']),
    subject: z.string().max(40),
    reason: z.string().max(400).default(''),
  }),
} as const

/** The check of what comes as JSON over HTTP about styles and signing in. */
/** What pages inside Discord send. */
export const activityChecks = {
  enter: z.strictObject({ code: z.string().min(1).max(200), instance: z.string().min(1).max(128) }),
}

export const styleChecks = {
  create: z.strictObject({ name: styleName }),
  change: z.strictObject(
    optional({
      name: styleName,
      sharing: z.string().max(40),
      version: z.int().min(1),
      isDefault: z.boolean(),
      examplePrompts: z.array(plainText(limits.maxPromptCharacters)).max(limits.maxExamplePrompts),
      isDisabled: z.boolean(),
    }),
  ),
  picture: z.strictObject({ picture: id, ...optional({ caption }) }),
  caption: z.strictObject({ caption }),
  learn: z.strictObject(optional({ method: z.enum(['exact', 'anchored', 'tint']) })),
  code: z.strictObject({ code: id }),
} as const satisfies Record<string, z.ZodType>

/** The first thing that is wrong, with its place: `At operations.3.element.x: Expected …`. */
export function explain(error: z.ZodError): string {
  const issue = error.issues[0]
  if (!issue) return 'The message has the wrong form.'
  const place = issue.path.length > 0 ? `At ${issue.path.join('.')}: ` : ''
  // Keys come from outside and may be long or strange: say how many, show a harmless piece of the first.
  if (issue.code === 'unrecognized_keys') return `${place}Unknown field ${JSON.stringify(issue.keys[0]?.slice(0, 40))}.`
  return `${place}${issue.message}.`
}

function optional<T extends Record<string, z.ZodType>>(fields: T): { [K in keyof T]: z.ZodExactOptional<T[K]> } {
  const entries = Object.entries(fields).map(([name, check]) => [name, check.exactOptional()])
  // fromEntries forgets which key had which type; the entries above keep every key.
  return Object.fromEntries(entries) as { [K in keyof T]: z.ZodExactOptional<T[K]> }
}
