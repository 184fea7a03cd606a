import type { PaintRequest } from '../engine/index.ts'

type Prompt = Pick<PaintRequest, 'styles'>
type Steps = Pick<PaintRequest, 'styles' | 'regions'>

/** The same request with its styles under other names: its own, those of its regions and of the first steps of a branch. */
export function withStyleIds(request: PaintRequest, rename: (id: string) => string): PaintRequest {
  const ofPrompt = <P extends Prompt>(prompt: P): P =>
    prompt.styles ? { ...prompt, styles: prompt.styles.map(use => ({ ...use, id: rename(use.id) })) } : prompt
  const ofSteps = <S extends Steps>(steps: S): S => {
    const renamed = ofPrompt(steps)
    return renamed.regions ? { ...renamed, regions: renamed.regions.map(ofPrompt) } : renamed
  }
  const renamed = ofSteps(request)
  return renamed.prefix ? { ...renamed, prefix: renamed.prefix.map(ofSteps) } : renamed
}
