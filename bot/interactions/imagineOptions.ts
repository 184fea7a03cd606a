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
