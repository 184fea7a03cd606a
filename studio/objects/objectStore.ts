/** Where a bucket of S3, or of a storage that speaks its protocol, is to be found. */
export interface BucketLocation {
  readonly bucket: string
  /** Keys begin with it: one bucket may serve several programs. Empty, or it ends in a slash. */
  readonly prefix: string
  /** Of a storage that is not Amazon's; null: theirs. */
  readonly endpoint: string | null
  readonly region: string
  /** `https://host/bucket/key` in place of `https://bucket.host/key`. */
  readonly pathStyle: boolean
  /** null: wherever Amazon's own programs find them (environment, profile, role of the machine). */
  readonly credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    readonly sessionToken?: string
  } | null
}

/** One object, as it is listed. */
export interface StoredObject {
  readonly key: string
  readonly bytes: number
  readonly writtenAt: Date
}

/**
 * Bytes under keys such as `files/ab/abcdef…`: in the data folder, or in a bucket. Under a key stand the bytes of one
 * write, whole, or none. A key is names between slashes, of letters, digits, `_`, `-` and dots that do not stand first.
 */
export interface ObjectStore {
  /** For people: a folder or an address, without secrets. */
  readonly where: string
  /** Whether other programs may write here that this one knows nothing of. */
  readonly isShared: boolean
  /**
   * Resolves when the bytes would survive a crash. With `isContentKey` the key says what the bytes are: where it is
   * there already, it only becomes as young as if it had been written.
   */
  write(key: string, bytes: Uint8Array, options?: { readonly isContentKey?: boolean }): Promise<void>
  /** null: there is no such object. */
  read(key: string): Promise<Uint8Array | null>
  find(key: string): Promise<StoredObject | null>
  /** All whose key begins with a folder: `files/` or `files/ab/`. In no order. */
  list(folder: string): AsyncIterable<StoredObject>
  /** Does nothing where there is none. */
  remove(key: string): Promise<void>
  /** All that `list` lists. */
  removeAll(folder: string): Promise<void>
  /** What was begun before then and not ended by a program that died. */
  removeUnfinished(before: Date): Promise<void>
  /** Writes, lists, reads and removes a trial object. @throws UserError that says in a sentence what does not work */
  check(): Promise<void>
  close(): void
}

/** @throws Error for a key that could lead elsewhere; keys are made of ids and hashes, never of what people write. */
export function checkKey(key: string): void {
  if (!key.split('/').every(name => /^[\w-][\w.-]*$/.test(name))) throw new Error(`Not a key: ${JSON.stringify(key)}`)
}

/** What is thrown while a storage does not answer: the same may work later (`isPassing`). */
export class StorageAwayError extends Error {
  override readonly name = 'StorageAwayError'
}
