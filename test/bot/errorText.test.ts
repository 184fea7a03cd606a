import { expect, test } from 'vitest'
import { chatText } from '../../bot/text/errorText.ts'
import { foreignFile, notLora } from '../../engine/index.ts'
import { writeSafetensors } from '../../engine/lora/safetensors.ts'
import { errors, UserError } from '../../protocol/errors.ts'
import { english } from '../support/bot.ts'

test('a sentence for developers becomes one for people, with what they can do', () => {
  const error = new UserError('style/file', 'Expected a safetensors file with a header of at most 2 bytes, got 17533.')
  expect(chatText(english, error)).toBe(
    'The style cannot be read. Attach a LoRA file (.safetensors) that was made for this model.',
  )
})

test('a hint that the engine gives is kept', () => {
  const error = new UserError('style/file', 'Expected A, got B.', { hint: 'Convert it with PEFT.' })
  expect(chatText(english, error)).toBe('The style cannot be read. Convert it with PEFT.')
})

test('sentences for people stay as they are, and so do codes of a newer server', () => {
  expect(chatText(english, new UserError('queue/full'))).toBe('The studio is busy. Try again in a minute.')
  expect(chatText(english, new UserError('style/name', 'Another name, please.'))).toBe('Another name, please.')
  expect(chatText(english, { code: 'moon/dark', message: 'Expected light, got none.' })).toBe(
    'Expected light, got none.',
  )
})

test('what a file is instead of a LoRA is for everybody', () => {
  const embedding = foreignFile(
    writeSafetensors(new Map([['emb_params', { shape: [1], values: new Float32Array(1) }]])),
  )
  expect(chatText(english, notLora(embedding!))).toMatch(
    /^This is no LoRA file for a UNet but an embedding \(textual inversion\)/,
  )
})

test('no sentence of the table is one for developers', () => {
  for (const { message } of Object.values(errors)) expect(message).not.toMatch(/\b(expected|got|tensor)\b/i)
})
