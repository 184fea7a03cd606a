/**
 * Which autoencoder a picture goes through: the folder's own, or a tiny one (TAESD, github.com/madebyollin/taesd) that
 * lies beside it in `vae_decoder_tiny/` and perhaps `vae_encoder_tiny/`. That is quicker by far and a little coarser: it
 * makes previews, and the pictures of live frames. Everything else is decoded by the folder's own.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Autoencoder } from '../types/engine.ts'
import type { Component, ComponentName } from './component.ts'

/** The tiny one of a folder. */
export interface TinyAutoencoder {
  readonly decoder: Component
  readonly encoder: Component | undefined
  /** latents = scalingFactor · what it encodes; 1 in TAESD. */
  readonly scalingFactor: number
}

/** Undefined for a folder without one. `scalingFactor`: as its config.json says. */
export async function openTinyAutoencoder(
  path: string,
  open: (name: ComponentName) => Promise<Component>,
  scalingFactor = 1,
): Promise<TinyAutoencoder | undefined> {
  const isThere = (name: ComponentName) => existsSync(join(path, name))
  if (!isThere('vae_decoder_tiny')) return undefined
  const decoder = await open('vae_decoder_tiny')
  const encoder = isThere('vae_encoder_tiny') ? await open('vae_encoder_tiny') : undefined
  return { decoder, encoder, scalingFactor }
}

/** What painting needs to know of a folder's autoencoders. */
export interface Autoencoders {
  readonly scalingFactor: number
  readonly encoderSamples: boolean
  readonly tinyAutoencoder?: Pick<TinyAutoencoder, 'scalingFactor'> & { readonly encoder: unknown }
}

/** How latents of a picture come about, and a picture of latents. */
export interface Coding {
  readonly encoder: Autoencoder
  /** latents = encoderScale · what it encodes. */
  readonly encoderScale: number
  /** It answers with latents, and nothing is drawn from a posterior. */
  readonly encoderSamples: boolean
  readonly decoder: Autoencoder
  readonly decoderScale: number
}

/** The tiny one where it is asked for; encoded is by the folder's own if it has no other encoder. */
export function codingOf(folder: Autoencoders, autoencoder: Autoencoder = 'full'): Coding {
  const { scalingFactor, encoderSamples, tinyAutoencoder: tiny } = folder
  const own = { encoder: 'full', encoderScale: scalingFactor, encoderSamples } as const
  if (autoencoder === 'full') return { ...own, decoder: 'full', decoderScale: scalingFactor }
  if (!tiny) throw new Error('Expected a model with a tiny autoencoder')
  const decoding = { decoder: 'tiny', decoderScale: tiny.scalingFactor } as const
  if (!tiny.encoder) return { ...own, ...decoding }
  return { ...decoding, encoder: 'tiny', encoderScale: tiny.scalingFactor, encoderSamples: true }
}
