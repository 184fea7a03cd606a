import type { PersonId } from '../shared/ids.ts'
import type { Moderation } from './moderation.ts'

/** What the studio does for somebody: who it is comes first. */
type Verb = (by: PersonId, ...rest: never[]) => Promise<unknown>
type VerbNames<Verbs> = { [Name in keyof Verbs]: Verbs[Name] extends Verb ? Name : never }[keyof Verbs]

/** The same verbs, of which those that are named refuse whoever was stopped by an operator: in every face. */
export function refuseStopped<Verbs extends object>(
  verbs: Verbs,
  names: readonly VerbNames<Verbs>[],
  { checkPerson }: Pick<Moderation, 'checkPerson'>,
): Verbs {
  for (const name of names) {
    const verb = verbs[name] as Verb // by the type of `names`
    const checked: Verb = async (by, ...rest) => {
      await checkPerson(by)
      return verb(by, ...rest)
    }
    Object.assign(verbs, { [name]: checked })
  }
  return verbs
}
