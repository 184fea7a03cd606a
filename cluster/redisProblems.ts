/** What is wrong with the Redis that REDIS_URL names, and what to do about it. Names no secret. */
export function describeRedisProblem(error: Error, redisUrl: string): string {
  const { hostname, host } = new URL(redisUrl)
  const [first = ''] = error.message.split(/[ :]/)
  const { code = first } = error as NodeJS.ErrnoException
  const sentence = byCode[code] ?? (/timed? ?out/i.test(error.message) ? silent : null)
  return sentence?.({ hostname, host }) ?? `it says “${error.message}”; correct REDIS_URL`
}

/** Whether it answers, and turns us away: waiting does not help. */
export const isRefusal = (error: Error): boolean => /^(NOAUTH|WRONGPASS|NOPERM)\b|AUTH/.test(error.message)

type Sentence = (at: { readonly hostname: string; readonly host: string }) => string

const silent: Sentence = ({ host }) =>
  `${host} does not answer; correct REDIS_URL (rediss:// is for TLS alone), or let the network between pass`
const unknown: Sentence = ({ hostname }) => `there is no machine of the name ${hostname}; correct REDIS_URL`
const closed: Sentence = ({ host }) =>
  `what listens at ${host} is no such Redis; correct REDIS_URL (rediss:// is for TLS alone, redis:// for the rest)`
const wrongPassword: Sentence = () =>
  'it does not know this user and password; correct REDIS_URL, redis://:password@host:port'

const byCode: Readonly<Record<string, Sentence>> = {
  ECONNREFUSED: ({ host }) => `nobody listens at ${host}; start it, or correct REDIS_URL`,
  ENOTFOUND: unknown,
  EAI_AGAIN: unknown,
  ETIMEDOUT: silent,
  EHOSTUNREACH: silent,
  ECONNRESET: closed,
  NOAUTH: () => 'it wants a password; write it into REDIS_URL, redis://:password@host:port',
  WRONGPASS: wrongPassword,
  ERR: wrongPassword,
  NOPERM: () => 'its user may not do all that is needed; allow it all commands and all keys',
}
