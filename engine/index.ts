/** The public face of the engine: whoever is not the engine, a benchmark or a test of its parts imports only this. */
export { emptyQueue, nextQueue, places, type QueueState } from './batching/queue.ts'
export {
  checkLearning,
  checkPaint,
  estimatePicture,
  estimateStyle,
} from './estimate/abilities.ts'
export { describeLearning } from './estimate/learning.ts'
export { examplePrompts, exampleSeed } from './lcf/examples.ts'
export { gainOf, outcomeOf } from './lcf/outcome.ts'
export { checkAdapter } from './lora/adapterRegistry.ts'
export { foreignFile, notLora, tellingBytes } from './lora/foreignFiles.ts'
export { importStyleAside } from './lora/importing.ts'
export { unknownTargets } from './lora/layout.ts'
export { checkTargets, loadStoredStyle, storeStyle } from './lora/storedStyle.ts'
export { exportStyle, type ImportChanges, type ImportedStyle } from './lora/styleFile.ts'
export type { DevicePreference } from './pipeline/devices.ts'
export { openTokenizer, type Tokenizer } from './pipeline/tokenizer.ts'
export type { SilenceLimits } from './process/heartbeat.ts'
export { type AbleEngine, type EngineOptions, openEngine } from './process/localEngine.ts'
export type { RestartLimits } from './process/supervision.ts'
export * from './types/abilities.ts'
export * from './types/engine.ts'
export * from './types/estimates.ts'
export * from './types/loading.ts'
export * from './types/request.ts'
export * from './types/settings.ts'
export * from './types/styles.ts'
export * from './types/vocabulary.ts'
