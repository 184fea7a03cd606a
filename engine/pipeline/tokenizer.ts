import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer as HuggingFaceTokenizer } from '@huggingface/tokenizers'

export interface Tokenizer {
  /** Tokens of one prompt, begin and end included. */
  readonly length: number
  /** Token ids, cut and padded to `length`, as transformers' CLIPTokenizer with `padding: max_length`. */
  encode(text: string): number[]
  /** Whether all of it is read: what is beyond `length` is cut off. */
  fits(text: string): boolean
}

/** What we read of `tokenizer_config.json` and `special_tokens_map.json`. */
interface TokenizerConfig {
  readonly model_max_length?: number
  readonly bos_token?: SpecialToken
  readonly eos_token?: SpecialToken
  readonly pad_token?: SpecialToken
  readonly unk_token?: SpecialToken
}
type SpecialToken = string | { readonly content: string } | null

const clip = { begin: '<|startoftext|>', end: '<|endoftext|>' }
/** CJK ideographs as BERT and CLIP count them, all planes; kana and hangul are not among them. */
const ideographs =
  /[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\u{20000}-\u{2a6df}\u{2a700}-\u{2b73f}\u{2b740}-\u{2b81f}\u{2b820}-\u{2ceaf}\u{2f800}-\u{2fa1f}]/gu
/** Files without a limit hold a number of thirty digits instead. */
const longestPrompt = 1024

/** Reads `vocab.json` and `merges.txt`, as CLIPTokenizer does, or `tokenizer.json`. `textLength`: where no file says it. */
export async function openTokenizer(folder: string, textLength: number): Promise<Tokenizer> {
  const config: TokenizerConfig = {
    ...(await readJsonIfThere(folder, 'special_tokens_map.json')),
    ...(await readJsonIfThere(folder, 'tokenizer_config.json')),
  }
  const hasVocabulary = existsSync(join(folder, 'vocab.json')) && existsSync(join(folder, 'merges.txt'))
  const definition = hasVocabulary ? await clipDefinition(folder, config) : await readJson(folder, 'tokenizer.json')
  const tokenizer = new HuggingFaceTokenizer(definition, config)
  // CLIPTokenizer sets ideographs apart; the library's BertNormalizer does so within the first plane alone.
  const idsOf = (text: string) => tokenizer.encode(hasVocabulary ? text.replace(ideographs, ' $& ') : text).ids
  const endToken = contentOf(config.eos_token) ?? clip.end
  const end = idOf(endToken)
  const padding = idOf(contentOf(config.pad_token) ?? endToken)
  const limit = config.model_max_length ?? textLength
  const length = limit <= longestPrompt ? limit : textLength

  function idOf(token: string): number {
    const id = tokenizer.token_to_id(token)
    if (id === undefined)
      throw new Error(`Expected the token ${token} in the vocabulary of ${folder}, it is not there.`)
    return id
  }
  return {
    length,
    encode(text) {
      const ids = idsOf(text)
      const cut = ids.length > length ? [...ids.slice(0, length - 1), end] : ids
      return [...cut, ...new Array<number>(length - cut.length).fill(padding)]
    },
    fits: text => idsOf(text).length <= length,
  }
}

/** CLIP's tokenizer in the terms of `tokenizer.json`, which the folders of CLIPTokenizer do not hold. */
async function clipDefinition(folder: string, config: TokenizerConfig): Promise<object> {
  const vocab = JSON.parse(await readFile(join(folder, 'vocab.json'), 'utf8')) as Record<string, number>
  const merges = (await readFile(join(folder, 'merges.txt'), 'utf8'))
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#version'))
  const begin = contentOf(config.bos_token) ?? clip.begin
  const end = contentOf(config.eos_token) ?? clip.end
  const unknown = contentOf(config.unk_token) ?? end
  const special = new Set([begin, end, unknown, contentOf(config.pad_token) ?? end])
  return {
    version: '1.0',
    added_tokens: [...special]
      .filter(content => vocab[content] !== undefined)
      .map(content => ({ id: vocab[content], content, special: true, normalized: false })),
    normalizer: {
      type: 'Sequence',
      normalizers: [
        // As CLIPTokenizer does it in Python: control characters go, and what is not assigned counts among them.
        { type: 'Replace', pattern: { Regex: '\\p{Cn}' }, content: '' },
        {
          type: 'BertNormalizer',
          clean_text: true,
          handle_chinese_chars: false,
          strip_accents: false,
          lowercase: false,
        },
        { type: 'NFC' },
        { type: 'Replace', pattern: { Regex: '\\s+' }, content: ' ' },
        { type: 'Lowercase' },
      ],
    },
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        {
          type: 'Split',
          // CLIPTokenizer's ignores case, by which U+0345 is an iota and neither a letter nor another sign.
          pattern: { Regex: "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}\u0345]+" },
          behavior: 'Removed',
          invert: true,
        },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: true },
      ],
    },
    post_processor: {
      type: 'RobertaProcessing',
      sep: [end, vocab[end]],
      cls: [begin, vocab[begin]],
      trim_offsets: false,
      add_prefix_space: false,
    },
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: unknown,
      continuing_subword_prefix: '',
      end_of_word_suffix: '</w>',
      fuse_unk: false,
      vocab,
      merges,
    },
  }
}

function contentOf(token: SpecialToken | undefined): string | undefined {
  return typeof token === 'string' ? token : token?.content
}

async function readJsonIfThere(folder: string, name: string): Promise<object | undefined> {
  const file = join(folder, name)
  return existsSync(file) ? readJson(folder, name) : undefined
}

async function readJson(folder: string, name: string): Promise<object> {
  return JSON.parse(await readFile(join(folder, name), 'utf8')) as object
}
