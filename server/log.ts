/** Where the server says what it does, and what went wrong. */
export interface Log {
  info(message: string): void
  error(message: string, cause?: unknown): void
}
