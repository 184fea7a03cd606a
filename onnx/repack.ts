/**
 * Writes a model whose large tensors are read from elsewhere into a folder of its own: `model.onnx` and `weights`. One
 * tensor at a time is in memory, so that a model of gigabytes is widened or changed in the memory of its largest weight.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { encodeModel, type ReadExternal } from './codec.ts'
import { removeUnused } from './editing.ts'
import type { Model } from './model.ts'
import { createSession } from './session.ts'
import { createTensorWriter, loadTensor, mapInitializers } from './storedTensors.ts'
import type { Initializer, Tensor } from './tensor.ts'

export interface RepackOptions {
  readonly read: ReadExternal
  /** Values that are made from constants alone and become constants themselves; `valueInfo` has their types. */
  readonly constants?: readonly string[]
}

/** Requires an empty folder. Throws where one of `constants` depends on an input. */
export async function repackModel(
  model: Model,
  folder: string,
  { read, constants = [] }: RepackOptions,
): Promise<void> {
  const writer = createTensorWriter(join(folder, 'weights'))
  try {
    const computed = new Map<string, Initializer>()
    for (const name of constants) computed.set(name, writer.write(await computeConstant(model, name, read)))
    const written = new Set(computed.values())
    const graph = removeUnused({
      ...model.graph,
      nodes: model.graph.nodes.filter(node => !node.outputs.some(output => computed.has(output))),
      initializers: new Map([...model.graph.initializers, ...computed]),
    })
    const placed = mapInitializers(graph, tensor =>
      written.has(tensor) ? tensor : writer.write(loadTensor(tensor, read)),
    )
    writeFileSync(join(folder, 'model.onnx'), encodeModel({ ...model, graph: placed }))
  } finally {
    writer.close()
  }
}

/** By the runtime's own arithmetic, which would do the same while it loads, but keep every constant in memory. */
async function computeConstant(model: Model, name: string, read: ReadExternal): Promise<Tensor> {
  const info = model.graph.valueInfo.get(name)
  if (!info) throw new Error(`Expected the type of "${name}" in the graph's value_info, found none`)
  const graph = removeUnused({ ...model.graph, inputs: [], outputs: [info] })
  const leaves = [...graph.initializers].map(([leaf, tensor]) => [leaf, loadTensor(tensor, read)] as const)
  const session = await createSession(
    encodeModel({
      ...model,
      graph: {
        ...graph,
        inputs: leaves.map(([leaf, { dtype, dims }]) => ({ name: leaf, dtype, shape: dims })),
        initializers: new Map(),
        valueInfo: new Map(),
      },
    }),
  )
  try {
    const results = await session.run(Object.fromEntries(leaves))
    return results[name]!
  } finally {
    await session.release()
  }
}
