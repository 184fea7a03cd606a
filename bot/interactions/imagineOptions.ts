import type { ChatInputCommandInteraction } from 'discord.js'

export const imagineName = 'imagine'

/** The options of /imagine: all that it takes to run it again. */
export type ImagineOptions = ReturnType<typeof readOptions>
export function readOptions({ options }: ChatInputCommandInteraction) {
  const attachment = (name: string) => {
    const found = options.getAttachment(name)
    return found && { url: found.url, size: found.size }
  }
  return {
    prompt: options.getString('prompt', true),
    image: attachment('image'),
    mask: attachment('mask'),
    outpaint: options.getString('outpaint'),
    region: options.getString('region'),
    regionMask: attachment('region-mask'),
    from: options.getString('from'),
    fromStep: options.getInteger('from-step'),
    endStep: options.getInteger('end-step'),
    guidanceByStep: options.getString('guidance-by-step'),
    timesteps: options.getString('timesteps'),
    style: options.getString('style'),
    styleStrength: options.getNumber('style-strength'),
    size: options.getString('size'),
    negativePrompt: options.getString('negative'),
    variation: options.getNumber('variation'),
    upscale: options.getNumber('upscale'),
    numbers: {
      strength: options.getNumber('strength'),
      seed: options.getInteger('seed'),
      steps: options.getInteger('steps'),
      guidance: options.getNumber('guidance'),
      count: options.getInteger('count'),
      maskBlur: options.getNumber('mask-blur'),
    },
  }
}

/** The options of an `/imagine` that says no more than this. */
export function optionsWith({
  prompt,
  image,
  strength,
}: {
  readonly prompt: string
  readonly image: { readonly url: string; readonly size: number }
  readonly strength: number
}): ImagineOptions {
  return {
    ...{ prompt, image: { url: image.url, size: image.size }, mask: null, outpaint: null, region: null },
    ...{ regionMask: null, from: null, fromStep: null, endStep: null, guidanceByStep: null, timesteps: null },
    ...{ style: null, styleStrength: null, size: null, negativePrompt: null, variation: null, upscale: null },
    numbers: { strength, seed: null, steps: null, guidance: null, count: null, maskBlur: null },
  }
}
