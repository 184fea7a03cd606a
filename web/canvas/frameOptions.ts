import type { FrameOptions } from '../../protocol/frameOptions.ts'
import type { Change, FrameElement } from '../../protocol/scene.ts'

/** What of a frame's options becomes another; undefined takes a field away. */
export type OptionsChange = { readonly [Field in keyof FrameOptions]?: FrameOptions[Field] | undefined }

/** The change that sets some of a frame's options and leaves the others as they are. */
export function withOptions(
  { options }: Pick<FrameElement, 'options'>,
  change: OptionsChange,
): Pick<Change, 'options'> {
  const all = Object.entries({ ...options, ...change }).filter(([, value]) => value !== undefined)
  return { options: all.length > 0 ? (Object.fromEntries(all) as FrameOptions) : null }
}
