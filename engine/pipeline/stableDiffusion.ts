/** What Stable Diffusion 1.x uses, and the oldest exports, which bring no config.json, leave unsaid. */
export const stableDiffusion = {
  latentChannels: 4,
  sampleSize: 64,
  vaeBlocks: [128, 256, 512, 512],
  unetBlocks: [320, 640, 1280, 1280],
  scalingFactor: 0.18215,
  textLength: 77,
}
