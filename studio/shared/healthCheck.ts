/** Something that must hold for the program to be of use; whoever runs it asks at `/readyz`. */
export interface HealthCheck {
  /** One word: `database`, `engine`, `disk`, `bot`. */
  readonly name: string
  /** Null where it holds, or else what is wrong, as a sentence. A rejection means that it does not hold either. */
  examine(): string | null | Promise<string | null>
}
