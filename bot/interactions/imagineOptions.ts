import type { ChatInputCommandInteraction } from 'discord.js'

export const imagineName = 'imagine'

/** The options of /imagine: all that it takes to run it again. */
export type ImagineOptions = ReturnType<typeof readOptions>
export function readOptions({ options }: ChatInputCommandInteraction) {
  const image = options.getAttachment('image')
  return {
    prompt: options.getString('prompt', true),
    image: image && { url: image.url, size: image.size },
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
    },
  }
}
