/** Every field of T by name, the optional ones too: who writes one of these cannot forget a field that is added later. */
export type EveryField<T> = { readonly [K in keyof Required<T>]: T[K] | undefined }

/** A T from all of its fields, without those that are undefined. */
export function fromFields<T>(fields: EveryField<T>): T {
  // What T requires is there: only an optional field's type holds undefined.
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T
}
