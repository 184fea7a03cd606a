/** A size of memory as people read it, rounded as an estimate is: "18 GB", "1.2 GB", "300 MB". */
export function describeBytes(bytes: number): string {
  if (bytes >= 1e10) return `${Math.round(bytes / 1e9)} GB`
  return bytes >= 1e9 ? `${(bytes / 1e9).toFixed(1)} GB` : `${Math.max(1, Math.round(bytes / 1e8)) * 100} MB`
}
