/**
 * The world that the embedded model is trained on: seeded scenes, their captions and their pictures.
 *
 *   const scene = sampleScene(seed, { split: 'train' })   // the exact record of what is to be seen
 *   const caption = captionScene(scene, seed)             // '' for one in ten
 *   const picture = await renderScene(scene)              // 128 × 128 RGB
 *
 * These names and shapes are stable, and the look is final: it is part of the weights, and whoever changes a drawing
 * trains again.
 */
export { type CaptionManner, captionScene, completeManner, trainingManner } from './captions.ts'
export { isGarden, sampleGarden } from './garden.ts'
export { otherWords } from './otherWords.ts'
export { renderScene } from './render.ts'
export * from './scenes/attributes.ts'
export { heldOutColours, heldOutPlaces, heldOutTriples } from './scenes/heldout.ts'
export * from './scenes/scene.ts'
export { createRandom, type SeededRandom } from './scenes/seededRandom.ts'
export { type Box, boxesOf, drawScene } from './svg.ts'
export { plain, unsaidMeanings, usualColours } from './unsaid.ts'
export { vocabulary } from './vocabulary.ts'
