/**
 * Whether a test can run here. What is missing is said with its cure and the test is skipped; where
 * `FOURSTROKE_REQUIRE_ALL=1` nothing may be left out, and it is an error.
 */
export function isHere(found: boolean, hint: string): boolean {
  if (found) return true
  if (process.env['FOURSTROKE_REQUIRE_ALL'] === '1') throw new Error(hint)
  console.warn(`Skipped: ${hint}`)
  return false
}
