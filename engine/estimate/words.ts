/** A size of memory as people read it, rounded as an estimate is: "18 GB", "1.2 GB", "300 MB". */
export function describeBytes(bytes: number): string {
  if (bytes >= 1e10) return `${Math.round(bytes / 1e9)} GB`
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e8)) * 100} MB`
}

/** What is needed and what there is, in whole GB: rounded apart, so that what is needed is always more. */
export function describeNeed(needed: number, there: number): { readonly needed: number; readonly there: number } {
  return { needed: Math.ceil(needed / 1e9), there: Math.floor(there / 1e9) }
}
