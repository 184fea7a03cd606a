import { renderPictures } from '../workspace/pictures.ts'
import { picturesOf, type Workspace } from '../workspace/workspace.ts'
import { detailWeights, isOfDetails, trainAutoencoder } from './autoencoder.ts'
import { judgedObjectives } from './critic.ts'

/**
 * The channels for details, of an autoencoder that has them: their encoder learns with the decoder and a critic, while the
 * other channels stay what they are.
 */
export async function learnDetails(workspace: Workspace): Promise<void> {
  const { details } = workspace.recipe
  if (!details) return
  const rendering = renderPictures(picturesOf(workspace))
  await trainAutoencoder(workspace, {
    stage: 'details',
    weights: detailWeights(workspace),
    adam: details.adam,
    logVariance: details.logVariance,
    trains: isOfDetails,
    objectives: (n, picture, decoded) => judgedObjectives(n, picture, decoded, details),
  })
  await rendering
}
