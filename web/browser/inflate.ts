/** Undoes zlib's format: by the browser itself, or by a library that is loaded where it cannot (Safari before 16.4). */
export async function inflate(packed: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  if (typeof DecompressionStream === 'undefined') return (await import('fflate')).unzlibSync(packed)
  const inflated = new Blob([packed]).stream().pipeThrough(new DecompressionStream('deflate'))
  return new Uint8Array(await new Response(inflated).arrayBuffer())
}
