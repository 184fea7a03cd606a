/** Styles, paper and options are not plain values; who lent a style makes no difference. */
export function isSameValue(one: unknown, other: unknown): boolean {
  return Object.is(plain(one), plain(other))
}

/** Objects as text, with their fields in one order. */
function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return JSON.stringify(value, (field, inner: unknown) => {
    if (field === 'by' || typeof inner !== 'object' || inner === null) return field === 'by' ? undefined : inner
    return Array.isArray(inner) ? inner : Object.fromEntries(Object.entries(inner).sort())
  })
}
