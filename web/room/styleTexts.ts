import type { ImportChanges, LearnEstimate, StyleAssessment, StyleShown } from '../../protocol/styles.ts'
import { durationText, listText } from '../text/format.ts'
import { t } from '../text/t.ts'

/** What pictures painted without and with a style say about it, as a sentence. */
export const assessmentText = ({ outcome, gain, contentKept }: StyleAssessment): string =>
  t(`assessment.${outcome}`, { gain, kept: contentKept })

/** What a learning has made of a style: the assessment of the version, and which one is in use now. */
export function learnedText({ versions }: StyleShown, made: number | null): string | null {
  const learned = versions.find(({ number }) => number === made)
  if (!learned) return null
  const older = versions.find(({ isInUse }) => isInUse)?.number ?? learned.number
  const { number } = learned
  const use = older === number ? t('assessment.inUse', { number }) : t('assessment.stays', { older, number })
  return learned.assessment ? `${assessmentText(learned.assessment)} ${use}` : use
}

/** What became different of a style's file on its way in, in sentences; null if it was taken as it is. */
export function importedText({ reduced, textTensors, embeddingTensors, isAlphaAssumed }: ImportChanges): string | null {
  const sentences = [
    ...(reduced ? [t('imported.reduced', { ...reduced, share: reduced.percent / 100 })] : []),
    ...(textTensors ? [t('imported.textEncoder', { count: textTensors })] : []),
    ...(embeddingTensors ? [t('imported.embeddings', { count: embeddingTensors })] : []),
    ...(isAlphaAssumed ? [t('imported.alpha')] : []),
  ]
  return sentences.length > 0 ? sentences.join(' ') : null
}

/** What learning takes on the server's device, in one to three sentences. */
export function estimateText({ ms, bytes, wantsGpu, ways }: LearnEstimate): string {
  const duration = durationText(ms)
  const offers = ways.map(way =>
    t(way.colorsOnly ? 'estimate.wayColors' : 'estimate.way', { flags: way.flags, duration: durationText(way.ms) }),
  )
  return [
    bytes === null
      ? t('estimate.takes', { duration })
      : t('estimate.takesMemory', { duration, memory: memoryText(bytes) }),
    ...(wantsGpu ? [t('estimate.gpu')] : []),
    ...(offers.length > 0 ? [t('estimate.ways', { ways: listText(offers, 'disjunction') })] : []),
  ].join(' ')
}

/** Bytes of memory, rounded as an estimate is: "18 GB", "1.2 GB", "300 MB". */
function memoryText(bytes: number): string {
  if (bytes < 1e9) return t('memory.mega', { count: Math.max(1, Math.round(bytes / 1e8)) * 100 })
  return t('memory.giga', { count: bytes < 1e10 ? Math.round(bytes / 1e8) / 10 : Math.round(bytes / 1e9) })
}
