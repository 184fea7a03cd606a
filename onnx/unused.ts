import type { Graph } from './model.ts'

/**
 * The graph without the nodes and constants that no output needs; onnxruntime would run them. Inputs stay: they are
 * what callers feed.
 */
export function removeUnused(graph: Graph): Graph {
  const needed = new Set(graph.outputs.map(output => output.name))
  const nodes = graph.nodes
    .toReversed()
    .filter(node => {
      if (!node.outputs.some(output => needed.has(output))) return false
      for (const name of node.inputs) needed.add(name)
      for (const name of namesInside(node.attributes)) needed.add(name)
      return true
    })
    .reverse()
  return {
    ...graph,
    nodes,
    initializers: new Map([...graph.initializers].filter(([name]) => needed.has(name))),
    valueInfo: new Map([...graph.valueInfo].filter(([name]) => needed.has(name))),
  }
}

/** The bodies of If and Loop may use values of the graph around them. */
function* namesInside(attributes: Graph['nodes'][number]['attributes']): Generator<string> {
  for (const attribute of Object.values(attributes)) {
    const graphs = attribute.type === 'graph' ? [attribute.value] : attribute.type === 'graphs' ? attribute.value : []
    for (const graph of graphs) {
      for (const output of graph.outputs) yield output.name
      for (const node of graph.nodes) {
        yield* node.inputs
        yield* namesInside(node.attributes)
      }
    }
  }
}
