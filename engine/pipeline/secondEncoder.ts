/**
 * What models of the SDXL layout have besides: a second text encoder. The UNet attends to the last layer but one of
 * both, side by side, and is told the pooled embedding of the second.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { ValueInfo } from '../../onnx/model.ts'
import type { Component } from './component.ts'
import { modelError, signatureOf } from './modelError.ts'
import { openTokenizer, type Tokenizer } from './tokenizer.ts'

export interface SecondEncoder {
  readonly component: Component
  readonly tokenizer: Tokenizer
  /** Length of the pooled embedding. */
  readonly pooledLength: number
  /** Whether a missing negative prompt is zeros, and not an empty text. */
  readonly zerosForNoPrompt: boolean
}

interface OpenedParts {
  readonly unet: Component
  readonly textEncoder: Component
  readonly open: (name: 'text_encoder_2') => Promise<Component>
}

/** What the configurations of the folder say. */
export interface SecondEncoderSettings {
  readonly textLength: number
  /** Of the second encoder, if its config.json says it. */
  readonly projectionDim: number | undefined
  readonly zerosForNoPrompt: boolean
}

export const pooledOutput = 'text_embeds'

/** Undefined for a model without one. Throws `UserError` where UNet, encoders and folder disagree. */
export async function openSecondEncoder(
  path: string,
  { unet, textEncoder, open }: OpenedParts,
  { textLength, projectionDim, zerosForNoPrompt }: SecondEncoderSettings,
): Promise<SecondEncoder | undefined> {
  const takesPooled = unet.inputs.some(({ name }) => name === 'text_embeds')
  const isThere = existsSync(join(path, 'text_encoder_2'))
  if (!takesPooled && !isThere) return undefined
  if (!takesPooled) throw modelError('unet', 'an input text_embeds, as there is a text_encoder_2 (SDXL)', 'none')
  if (!isThere) throw modelError('text_encoder_2', 'one, as the unet has an input text_embeds (SDXL)', 'none')
  const component = await open('text_encoder_2')
  for (const { name, outputs } of [textEncoder, component]) {
    if (!penultimateLayer(outputs)) throw modelError(name, `outputs hidden_states.0, …; ${hint}`, signatureOf(outputs))
  }
  const pooled = component.outputs.find(({ name }) => name === pooledOutput)
  if (!pooled) throw modelError('text_encoder_2', `an output ${pooledOutput}; ${hint}`, signatureOf(component.outputs))
  // Exports leave its length open, or call it after another axis.
  const length = [projectionDim, pooled.shape[1]].find(each => typeof each === 'number')
  if (length === undefined) throw modelError('text_encoder_2', 'projection_dim in its config.json', 'none')
  const tokenizer = await openTokenizer(join(path, 'tokenizer_2'), textLength).catch(cause => {
    throw modelError('tokenizer_2', 'vocab.json and merges.txt, or tokenizer.json', String(cause), cause)
  })
  return { component, tokenizer, pooledLength: length, zerosForNoPrompt }
}

const hint = 'export the folder with `optimum-cli export onnx`'

/** The output that holds the last layer but one, of `hidden_states.0` (what goes in) to the last. */
export function penultimateLayer(outputs: readonly Pick<ValueInfo, 'name'>[]): string | undefined {
  const layers = outputs.filter(({ name }) => /^hidden_states\.\d+$/.test(name)).length
  const name = `hidden_states.${layers - 2}`
  return outputs.some(output => output.name === name) ? name : undefined
}
