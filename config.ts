import { existsSync, readFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseEnv } from 'node:util'
import { z } from 'zod'
import { UserError } from './protocol/errors.ts'

/** The folder that holds package.json, seen from the source as well as from dist/. */
export const rootFolder = findRoot(dirname(fileURLToPath(import.meta.url)))

export const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const
export const devices = ['auto', 'cpu', 'webgpu', 'cuda'] as const
/** What of the UNet styles can change. */
export const styleTargets = ['attention', 'feedForward', 'projection', 'timeEmbedding', 'ends', 'convolution'] as const

const port = z.coerce.number().int().min(0).max(65_535)
const count = z.coerce.number().int().min(1)
const atLeastOne = 'use a whole number from 1'
const list = z.string().transform(text => text.split(',').map(word => word.trim()))
const webAddress = z.url({ protocol: /^https?$/ })
/** None of it is as good as no limit. */
const amount = z.coerce.number().int().min(0)
const noLimit = 'use a whole number from 0; 0 is no limit'
/** A port, or a host and a port. */
const listenAddress = (usualHost: string) =>
  z
    .string()
    .regex(/^((.+):)?\d{1,5}$/)
    .transform(text => {
      const colon = text.lastIndexOf(':')
      const host = text.slice(0, Math.max(0, colon)).replace(/^\[(.*)\]$/, '$1')
      return { host: host || usualHost, port: Number(text.slice(colon + 1)) }
    })
    .refine(address => address.port <= 65_535)
const days = 'use a whole number of days; 0 is never'
/** Of a user of the bucket; without them Amazon's own ways of finding some are tried. */
const credential = z
  .string()
  .regex(/^\S{3,}$/)
  .optional()

/**
 * Every setting, in the order of `.env.example`: how it is checked, and what to do when it is wrong.
 * An empty value counts as absent.
 */
const settings = {
  PORT: { check: port.default(3000), hint: 'use a whole number from 1 to 65535, or 0 for any free port' },
  FOURSTROKE_DATA: { check: z.string().default('./data'), hint: 'name a folder that can be written' },
  FOURSTROKE_MODEL: {
    check: z.string().default(join(rootFolder, 'models', 'fourstroke-256')),
    hint: 'name a model folder in the layout of diffusers and optimum (it holds model_index.json)',
  },
  FOURSTROKE_LCM_LORA: {
    check: list.pipe(z.array(z.string().regex(/\.safetensors$/))).optional(),
    hint: 'name a .safetensors file that holds a LoRA of the UNet, such as LCM-LoRA, or several between commas',
  },
  FOURSTROKE_STYLE_TARGETS: {
    check: list.pipe(z.array(z.enum(styleTargets))).optional(),
    hint: `list some of ${styleTargets.join(', ')}, between commas`,
  },
  FOURSTROKE_DEVICE: { check: z.enum(devices).default('auto'), hint: `use one of: ${devices.join(', ')}` },
  DATABASE_URL: {
    check: z
      .string()
      .regex(/^(file:|postgres(ql)?:\/\/)/)
      .optional(),
    hint: 'use file:<path> for SQLite or postgresql://user:password@host/database',
  },
  STORAGE: {
    check: z
      .string()
      .transform((text, problem) => bucketOf(text) ?? problem.addIssue('no bucket') ?? z.NEVER)
      .optional(),
    hint: 'use s3://bucket or s3://bucket/folder, then if need be ?endpoint=https://…&region=…&pathStyle=0, or leave it empty for the data folder',
  },
  AWS_ACCESS_KEY_ID: {
    check: credential,
    hint: 'copy it from where the bucket is; AWS_SECRET_ACCESS_KEY belongs to it',
  },
  AWS_SECRET_ACCESS_KEY: {
    check: credential,
    hint: 'copy it from where the bucket is; AWS_ACCESS_KEY_ID belongs to it',
  },
  AWS_SESSION_TOKEN: { check: credential, hint: 'copy it with the two keys that it belongs to' },
  DISCORD_TOKEN: {
    check: z
      .string()
      .regex(/^\S{20,}$/)
      .optional(),
    hint: 'copy the token from the Bot page of your application in the Discord developer portal',
  },
  DISCORD_API: {
    check: webAddress.default('https://discord.com/api'),
    hint: 'use the address of a Discord API, starting with http:// or https://',
  },
  DISCORD_ACTIVITY: {
    check: z.enum(['0', '1']).default('0'),
    hint: 'use 1 once Activities are enabled for your application (docs/discord.md), or leave it out',
  },
  DISCORD_CLIENT_ID: {
    check: z
      .string()
      .regex(/^[0-9]{1,20}$/)
      .optional(),
    hint: 'copy the client id from the OAuth2 page of your application in the Discord developer portal',
  },
  DISCORD_CLIENT_SECRET: {
    check: z.string().regex(/^\S+$/).optional(),
    hint: 'copy the client secret from the OAuth2 page of your application; DISCORD_CLIENT_ID belongs to it',
  },
  DISCORD_AUTHORIZE: {
    check: webAddress.default('https://discord.com/oauth2/authorize'),
    hint: 'use the address of the page on which Discord asks people, starting with http:// or https://',
  },
  PUBLIC_URL: {
    check: webAddress.optional(),
    hint: 'use the address under which people reach this server, such as https://paint.example.org',
  },
  METRICS_TOKEN: {
    check: z
      .string()
      .regex(/^[\x21-\x7e]{16,}$/)
      .optional(),
    hint: 'use at least 16 characters without spaces, for example from `openssl rand -hex 32`',
  },
  METRICS_LISTEN: {
    check: listenAddress('127.0.0.1').optional(),
    hint: 'use a port such as 9464, or a host and a port such as 0.0.0.0:9464',
  },
  TRUST_PROXY: {
    check: z
      .string()
      .regex(/^([0-9]{1,2}|[\w.:/]+(\s*,\s*[\w.:/]+)*)$/)
      .optional(),
    hint: 'use a number of proxies, or list their addresses, networks, or loopback, linklocal, uniquelocal between commas',
  },
  PUBLIC: { check: z.enum(['0', '1']).default('0'), hint: 'use 1 when strangers may come, or 0 for friends' },
  BLOCKED_WORDS: {
    check: list.optional(),
    hint: 'list words, beginnings such as porn*, or patterns between slashes, between commas',
  },
  STORAGE_PER_PERSON_MB: { check: amount.optional(), hint: noLimit },
  STORAGE_PER_GUEST_MB: { check: amount.optional(), hint: noLimit },
  STORAGE_MB: { check: amount.optional(), hint: noLimit },
  FREE_SPACE_MB: { check: amount.default(256), hint: 'use a whole number of megabytes from 0' },
  RETIRE_GUESTS_DAYS: { check: amount.optional(), hint: days },
  RETIRE_ROOMS_DAYS: { check: amount.optional(), hint: days },
  RETIRE_PICTURES_DAYS: { check: amount.optional(), hint: days },
  OPERATORS: {
    check: z
      .string()
      .regex(/^[\w-]+(\s*,\s*[\w-]+)*$/)
      .optional(),
    hint: 'list ids of Discord accounts, between commas',
  },
  STYLES_PER_PERSON: { check: count.default(20), hint: atLeastOne },
  STYLE_PICTURES: { check: count.max(100).default(100), hint: 'use a whole number from 1 to 100' },
  LEARNINGS: { check: count.default(16), hint: atLeastOne },
  LEARNINGS_PER_PERSON: { check: count.default(2), hint: atLeastOne },
  REDIS_URL: {
    check: z.url({ protocol: /^rediss?$/ }).optional(),
    hint: 'use redis://host:port, with :password@ before the host if it has one, or rediss:// for TLS',
  },
  CLUSTER_SECRET: {
    check: z
      .string()
      .regex(/^[\x21-\x7e]{16,}$/)
      .optional(),
    hint: 'use at least 16 characters without spaces, the same on all machines, for example from `openssl rand -hex 32`',
  },
  NODE_URL: {
    check: webAddress.default(`http://${hostname()}`),
    hint: 'use the address under which the other machines reach this one, such as http://10.0.0.5',
  },
  ENGINE_LISTEN: {
    check: listenAddress('0.0.0.0').default({ host: '0.0.0.0', port: 7310 }),
    hint: 'use a port such as 7310, or a host and a port such as 10.0.0.5:7310',
  },
  LOG_LEVEL: { check: z.enum(logLevels).default('info'), hint: `use one of: ${logLevels.join(', ')}` },
} as const

/** A place in a storage that speaks S3. */
export interface Bucket {
  readonly bucket: string
  /** Empty, or it ends in a slash. */
  readonly prefix: string
  /** null: Amazon's. */
  readonly endpoint: string | null
  readonly region: string
  /** Whether the bucket stands in the path of its addresses, not before their host. */
  readonly pathStyle: boolean
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  } | null
}

export interface ClusterConfig {
  readonly redisUrl: string
  /** What the machines know each other by. */
  readonly secret: string
  /** How the others reach this machine. */
  readonly nodeUrl: string
  /** Where its engine listens for the others. */
  readonly engineListen: { readonly host: string; readonly port: number }
}

export interface Config {
  readonly server: {
    readonly port: number /** Where people reach us; links in chat start with it. null: on this machine. */
    readonly publicUrl: string | null
    /** Which proxies may say on whose behalf they speak: how many, or their addresses and networks. */
    readonly trustProxy: number | readonly string[]
  }
  /** Who may see the figures at /metrics, and where; null: without a token, beside the page. */
  readonly metrics: {
    readonly token: string | null
    readonly listen: { readonly host: string; readonly port: number } | null
  }
  /** Whether strangers may come: what people may take, and how long things are kept, begins with other defaults. */
  readonly isPublic: boolean
  /** What is not painted here. Absent: as `isPublic` says. */
  readonly blockedWords: readonly string[] | null
  readonly storage: {
    /** Of each person who has signed in, of each guest, of everybody together; 0: no limit. Absent: as `isPublic` says. */
    readonly perPersonBytes?: number
    readonly perGuestBytes?: number
    readonly totalBytes?: number
    /** The disk keeps so much free: below it nothing is brought in. */
    readonly freeBytes: number
  }
  /** After how many days without use these go; 0: never. */
  readonly retireAfterDays: { readonly guests: number; readonly rooms: number; readonly pictures: number }
  readonly dataFolder: string
  readonly databaseUrl: string
  /** Where images and the files of styles are. Absent: in the data folder. */
  readonly bucket: Bucket | null
  /** Of any bucket; null: as Amazon's own programs find them. */
  readonly bucketCredentials: Bucket['credentials']
  readonly engine: {
    readonly modelFolder: string
    /** A LoRA file that is merged into the model when it is loaded. */
    readonly lcmLora?: readonly string[]
    /** What of the UNet styles change, where the model shall not say. */
    readonly styleTargets?: readonly (typeof styleTargets)[number][]
    readonly device: (typeof devices)[number]
    /** For what is made from the model's files once, such as weights widened for a CPU. */
    readonly cacheFolder: string
  }
  /** Several machines that share one Redis. null: this one is alone. */
  readonly cluster: ClusterConfig | null
  /** Absent: the bot stays off. */
  readonly discord: { readonly token: string; readonly api: string; readonly hasActivity: boolean } | null
  /** Signing in with Discord on the web. Absent: everybody there is a guest. */
  readonly signIn: {
    readonly clientId: string
    readonly clientSecret: string
    readonly api: string
    readonly authorizeUrl: string
  } | null
  /** Ids of people who may disable styles everywhere. */
  readonly operators: readonly string[]
  readonly log: {
    readonly level: (typeof logLevels)[number]
    /** What must never stand in a line. */
    readonly secrets: readonly string[]
  }
  readonly styleLimits: {
    readonly stylesPerPerson: number
    readonly picturesPerStyle: number
    readonly learnings: number
    readonly learningsPerPerson: number
  }
}

/**
 * Reads the environment, and `.env` in the working folder beneath it, once.
 * @throws UserError with one line per bad setting. It names the setting and the cure, never the value: that may be a secret.
 */
export function readConfig(environment: NodeJS.ProcessEnv = { ...readDotEnv(), ...process.env }): Config {
  const problems: string[] = []
  const read = <K extends keyof typeof settings>(name: K): z.output<(typeof settings)[K]['check']> => {
    const text = environment[name]
    const checked = settings[name].check.safeParse(text === '' ? undefined : text)
    if (!checked.success) problems.push(`${name} cannot be used: ${settings[name].hint}.`)
    // The type follows from the table; a failed check throws below before the value is used.
    return checked.data as z.output<(typeof settings)[K]['check']>
  }

  const listenPort = read('PORT')
  const isPublic = read('PUBLIC') === '1'
  const blockedWords = read('BLOCKED_WORDS')
  const bytesOf = (name: 'STORAGE_PER_PERSON_MB' | 'STORAGE_PER_GUEST_MB' | 'STORAGE_MB' | 'FREE_SPACE_MB') => {
    const megabytes = read(name)
    return megabytes === undefined ? undefined : megabytes * 2 ** 20
  }
  const retiredAfter = (
    name: 'RETIRE_GUESTS_DAYS' | 'RETIRE_ROOMS_DAYS' | 'RETIRE_PICTURES_DAYS',
    ofStrangers: number,
  ) => read(name) ?? (isPublic ? ofStrangers : 0)
  const dataFolder = resolve(read('FOURSTROKE_DATA') ?? '.')
  const databaseUrl = read('DATABASE_URL') ?? `file:${join(dataFolder, 'fourstroke.db')}`
  const place = read('STORAGE')
  const [accessKeyId, secretAccessKey, sessionToken] = [
    read('AWS_ACCESS_KEY_ID'),
    read('AWS_SECRET_ACCESS_KEY'),
    read('AWS_SESSION_TOKEN'),
  ]
  const credentials =
    accessKeyId === undefined || secretAccessKey === undefined
      ? null
      : { accessKeyId, secretAccessKey, ...withoutUndefined({ sessionToken }) }
  const metricsToken = read('METRICS_TOKEN')
  const lcmLora = read('FOURSTROKE_LCM_LORA')
  const targets = read('FOURSTROKE_STYLE_TARGETS')
  const token = read('DISCORD_TOKEN')
  const api = read('DISCORD_API')?.replace(/\/+$/, '') ?? ''
  const clientId = read('DISCORD_CLIENT_ID')
  const clientSecret = read('DISCORD_CLIENT_SECRET')
  const authorizeUrl = read('DISCORD_AUTHORIZE')
  if ((accessKeyId === undefined) !== (secretAccessKey === undefined) && problems.length === 0) {
    problems.push('AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY cannot be used: set both, or neither.')
  }
  if ((clientId === undefined) !== (clientSecret === undefined) && problems.length === 0) {
    problems.push('DISCORD_CLIENT_ID and DISCORD_CLIENT_SECRET cannot be used: set both, or neither.')
  }
  const hasActivity = read('DISCORD_ACTIVITY') === '1'
  if (hasActivity && [token, clientId, read('PUBLIC_URL')].includes(undefined) && problems.length === 0) {
    problems.push(
      'DISCORD_ACTIVITY cannot be used alone: set DISCORD_TOKEN, DISCORD_CLIENT_ID, DISCORD_CLIENT_SECRET and PUBLIC_URL as well.',
    )
  }
  const redisUrl = read('REDIS_URL')
  const clusterSecret = read('CLUSTER_SECRET')
  const nodeUrl = read('NODE_URL')
  const engineListen = read('ENGINE_LISTEN')
  if (redisUrl !== undefined && clusterSecret === undefined && problems.length === 0) {
    problems.push(`CLUSTER_SECRET is missing, which REDIS_URL needs: ${settings.CLUSTER_SECRET.hint}.`)
  }
  const config: Config = {
    server: {
      port: listenPort,
      publicUrl: read('PUBLIC_URL')?.replace(/\/+$/, '') ?? null,
      trustProxy: proxiesOf(read('TRUST_PROXY')),
    },
    isPublic,
    blockedWords: blockedWords === undefined ? null : blockedWords.filter(word => word !== '' && word !== 'none'),
    storage: {
      ...withoutUndefined({
        perPersonBytes: bytesOf('STORAGE_PER_PERSON_MB'),
        perGuestBytes: bytesOf('STORAGE_PER_GUEST_MB'),
        totalBytes: bytesOf('STORAGE_MB'),
      }),
      freeBytes: bytesOf('FREE_SPACE_MB') ?? 0,
    },
    retireAfterDays: {
      guests: retiredAfter('RETIRE_GUESTS_DAYS', 60),
      rooms: retiredAfter('RETIRE_ROOMS_DAYS', 60),
      pictures: retiredAfter('RETIRE_PICTURES_DAYS', 90),
    },
    metrics: { token: metricsToken ?? null, listen: read('METRICS_LISTEN') ?? null },
    dataFolder,
    databaseUrl,
    bucket: place === undefined ? null : { ...place, credentials },
    bucketCredentials: credentials,
    engine: {
      modelFolder: resolve(read('FOURSTROKE_MODEL') ?? '.'),
      ...(lcmLora === undefined ? {} : { lcmLora: lcmLora.map(file => resolve(file)) }),
      ...(targets === undefined ? {} : { styleTargets: targets }),
      device: read('FOURSTROKE_DEVICE'),
      cacheFolder: join(dataFolder, 'cache', 'models'),
    },
    cluster:
      redisUrl === undefined || clusterSecret === undefined
        ? null
        : { redisUrl, secret: clusterSecret, nodeUrl, engineListen },
    discord: token === undefined ? null : { token, api, hasActivity },
    signIn:
      clientId === undefined || clientSecret === undefined || authorizeUrl === undefined
        ? null
        : { clientId, clientSecret, api, authorizeUrl },
    log: {
      level: read('LOG_LEVEL'),
      secrets: [
        ...[token, clientSecret, metricsToken, secretAccessKey, sessionToken, clusterSecret],
        ...[...passwordsOf(databaseUrl), ...passwordsOf(redisUrl ?? '')],
      ].filter(isPresent),
    },
    operators: read('OPERATORS')?.split(/\s*,\s*/) ?? [],
    styleLimits: {
      stylesPerPerson: read('STYLES_PER_PERSON'),
      picturesPerStyle: read('STYLE_PICTURES'),
      learnings: read('LEARNINGS'),
      learningsPerPerson: read('LEARNINGS_PER_PERSON'),
    },
  }
  if (problems.length > 0) throw new UserError('settings/invalid', problems.join('\n'))
  return config
}

/** `s3://bucket/folder?endpoint=…`; null: it is none. */
export function bucketOf(text: string): Omit<Bucket, 'credentials'> | null {
  if (!URL.canParse(text)) return null
  const { protocol, hostname, pathname, searchParams, username, hash } = new URL(text)
  const folder = pathname.replace(/^\/+|\/+$/g, '')
  const known = ['endpoint', 'region', 'pathStyle']
  if (protocol !== 's3:' || username !== '' || hash !== '' || !/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(hostname))
    return null
  if (!/^([\w.-]+(\/[\w.-]+)*)?$/.test(folder) || [...searchParams.keys()].some(name => !known.includes(name)))
    return null
  const endpoint = searchParams.get('endpoint')
  if (endpoint !== null && !webAddress.safeParse(endpoint).success) return null
  return {
    ...{ bucket: hostname, prefix: folder === '' ? '' : `${folder}/`, endpoint },
    region: searchParams.get('region') ?? 'us-east-1',
    pathStyle: searchParams.get('pathStyle') === null ? endpoint !== null : searchParams.get('pathStyle') === '1',
  }
}

const isPresent = (text: string | undefined): text is string => text !== undefined

/** As it stands in the address, and as it is meant. */
function passwordsOf(databaseUrl: string): string[] {
  if (!URL.canParse(databaseUrl)) return []
  const { password } = new URL(databaseUrl)
  if (password === '') return []
  // A lone % is no code, and stands for itself.
  const isEncoded = /%[0-9a-f]{2}/i.test(password) && !/%(?![0-9a-f]{2})/i.test(password)
  return isEncoded ? [password, decodeURIComponent(password)] : [password]
}

function proxiesOf(trusted: string | undefined): number | readonly string[] {
  if (trusted === undefined) return []
  return /^[0-9]+$/.test(trusted) ? Number(trusted) : trusted.split(/\s*,\s*/)
}

function withoutUndefined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  // What is left has the fields' own types, without undefined.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as never
}

function readDotEnv(): NodeJS.Dict<string> {
  return existsSync('.env') ? parseEnv(readFileSync('.env', 'utf8')) : {}
}

function findRoot(from: string): string {
  if (existsSync(join(from, 'package.json'))) return from
  const parent = dirname(from)
  if (parent === from) throw new Error('package.json was not found above the program: install Fourstroke again')
  return findRoot(parent)
}

/** The names, for the test that holds `.env.example` against this table. */
export const settingNames = Object.keys(settings)
