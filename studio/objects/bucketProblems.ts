import type { BucketLocation } from './objectStore.ts'

/** What the client throws: an answer of the storage, or an error of the connection. */
interface Problem {
  readonly name?: string
  readonly message?: string
  readonly code?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** `s3://bucket/prefix at https://host` */
export function describeWhere({ bucket, prefix, endpoint }: BucketLocation): string {
  return `s3://${bucket}${prefix === '' ? '' : `/${prefix.replace(/\/$/, '')}`}${endpoint === null ? '' : ` at ${endpoint}`}`
}

/** Whether an object is not there. A bucket that is not there is another matter. */
export function isMissing({ name, $metadata }: Problem): boolean {
  return name === 'NoSuchKey' || name === 'NoSuchUpload' || (name === 'NotFound' && $metadata?.httpStatusCode === 404)
}

/** What is wrong, and what to do about it. Names no secret. */
export function describeProblem(error: unknown, { bucket, endpoint, region }: BucketLocation): string {
  const { name = '', message = '', code = '', $metadata } = error as Problem
  const known = byName[name] ?? byName[code]
  if (known) return known({ bucket, endpoint: endpoint ?? 'Amazon S3', region })
  if ($metadata?.httpStatusCode === 403) return byName['AccessDenied']!({ bucket, endpoint: '', region })
  return `${name === 'Error' || name === '' ? '' : `${name}: `}${message.split('\n')[0] || code || 'it does not answer'}`
}

type Sentence = (at: { readonly bucket: string; readonly endpoint: string; readonly region: string }) => string

const credentials: Sentence = () =>
  'it does not know these credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY to those of a user of it'
const unreachable: Sentence = ({ endpoint }) =>
  `nobody answers at ${endpoint}; start it, or set endpoint= in STORAGE to where it is`

const byName: Readonly<Record<string, Sentence>> = {
  NoSuchBucket: ({ bucket }) => `there is no bucket ${bucket}; make it, or name another in STORAGE`,
  AccessDenied: ({ bucket }) =>
    `these credentials may not do all that is needed in ${bucket}; allow PutObject, GetObject, DeleteObject, ListBucket and the multipart actions`,
  InvalidAccessKeyId: credentials,
  SignatureDoesNotMatch: credentials,
  CredentialsProviderError: () =>
    'there are no credentials; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or give the machine a role',
  PermanentRedirect: ({ region }) => `its bucket is not in the region ${region}; set region= in STORAGE`,
  AuthorizationHeaderMalformed: ({ region }) => `its bucket is not in the region ${region}; set region= in STORAGE`,
  RequestTimeTooSkewed: () => 'the clock of this machine is wrong by minutes; set it',
  ECONNREFUSED: unreachable,
  ENOTFOUND: unreachable,
  EAI_AGAIN: unreachable,
  EHOSTUNREACH: unreachable,
  TimeoutError: unreachable,
}
