/**
 * Verbs that change a graph and keep it whole: every use of a value has one source, names stay unique, and the order
 * of nodes is one in which they can run. Each takes a graph and returns another.
 */
import type { Attribute, Graph, Node, ValueInfo } from './model.ts'
import type { Initializer } from './tensor.ts'

export { removeUnused } from './unused.ts'

/** A node with the parts that one usually leaves out. */
export function makeNode(
  op: string,
  inputs: readonly string[],
  outputs: readonly string[],
  options: { name?: string; domain?: string; attributes?: Readonly<Record<string, Attribute>> } = {},
): Node {
  const { name = outputs[0] ?? op, domain = '', attributes = {} } = options
  return { op, domain, name, inputs, outputs, attributes }
}

/** A name beginning with `base` that nothing in the graph has. */
export function freeName(graph: Graph, base: string): string {
  const taken = new Set([...valuesOf(graph), ...graph.nodes.map(node => node.name)])
  let name = base
  for (let count = 1; taken.has(name); count++) name = `${base}_${count}`
  return name
}

export function producerOf(graph: Graph, value: string): Node | undefined {
  return graph.nodes.find(node => node.outputs.includes(value))
}

export function consumersOf(graph: Graph, value: string): Node[] {
  return graph.nodes.filter(node => node.inputs.includes(value))
}

/**
 * Puts nodes between a value and those who use it. `build` gets the name of the value and returns the nodes and the
 * name of what is used in its place; outputs of the graph keep their names. `only` narrows who is given the new value.
 */
export function insertOnEdge(
  graph: Graph,
  value: string,
  build: (value: string) => { nodes: readonly Node[]; result: string },
  options: { only?: (consumer: Node) => boolean } = {},
): Graph {
  requireValue(graph, value)
  const isOutput = options.only === undefined && graph.outputs.some(output => output.name === value)
  // An output keeps its name, so the value behind it takes another.
  const source = isOutput && producerOf(graph, value) ? freeName(graph, `${value}_before`) : value
  const base = source === value ? graph : renameValue(graph, value, source)
  const { nodes, result } = build(source)
  const goesToNew = (node: Node) => node.inputs.includes(source) && (options.only?.(node) ?? true)
  const rewired = base.nodes.map(node => (goesToNew(node) ? replaceInput(node, source, result) : node))
  const producer = rewired.findIndex(node => node.outputs.includes(source))
  const inserted = rewired.toSpliced(lastProducer(base, nodes, producer) + 1, 0, ...nodes)
  const edited = checked({ ...base, nodes: inserted })
  return source === value ? edited : { ...renameValue(edited, result, value), outputs: graph.outputs }
}

/** The place behind which `nodes` have all that they take. */
function lastProducer(graph: Graph, nodes: readonly Node[], at: number): number {
  const taken = new Set(nodes.flatMap(node => node.inputs))
  return graph.nodes.reduce((last, node, index) => (node.outputs.some(name => taken.has(name)) ? index : last), at)
}

/** Puts other nodes in the place of one; together they must give the same values, by name. */
export function replaceNode(graph: Graph, node: Node, nodes: readonly Node[]): Graph {
  const at = graph.nodes.indexOf(node)
  if (at < 0) throw new Error(`${node.op} "${node.name}" is not a node of this graph`)
  const provided = new Set(nodes.flatMap(each => each.outputs))
  const lost = node.outputs.filter(name => !provided.has(name) && isUsed(graph, name))
  if (lost.length > 0) {
    throw new Error(
      `What replaces ${node.op} "${node.name}" must give ${lost.map(name => `"${name}"`).join(', ')} as well`,
    )
  }
  return checked({ ...graph, nodes: graph.nodes.toSpliced(at, 1, ...nodes) })
}

/** Takes a node with one result away: whoever used the result gets the node's first input. */
export function bypass(graph: Graph, node: Node): Graph {
  const at = graph.nodes.indexOf(node)
  if (at < 0) throw new Error(`${node.op} "${node.name}" is not a node of this graph`)
  const [source, result] = [node.inputs[0], node.outputs[0]]
  if (!source || !result || node.outputs.length > 1) {
    throw new Error(`Only a node with an input and one result can be bypassed, not ${node.op} "${node.name}"`)
  }
  if (graph.outputs.some(output => output.name === result)) {
    return replaceNode(graph, node, [makeNode('Identity', [source], [result], { name: node.name })])
  }
  const nodes = graph.nodes.toSpliced(at, 1).map(each => replaceInput(each, result, source))
  return checked({ ...graph, nodes })
}

/** Gives a value, initializer, input or output another name, everywhere. */
export function renameValue(graph: Graph, from: string, to: string): Graph {
  requireValue(graph, from)
  if (valuesOf(graph).has(to)) throw new Error(`The name "${to}" is taken in this graph`)
  const rename = (name: string) => (name === from ? to : name)
  const info = (value: ValueInfo): ValueInfo => (value.name === from ? { ...value, name: to } : value)
  return {
    ...graph,
    nodes: graph.nodes.map(node =>
      node.inputs.includes(from) || node.outputs.includes(from)
        ? { ...node, inputs: node.inputs.map(rename), outputs: node.outputs.map(rename) }
        : node,
    ),
    inputs: graph.inputs.map(info),
    outputs: graph.outputs.map(info),
    initializers: new Map([...graph.initializers].map(([name, tensor]) => [rename(name), tensor])),
    valueInfo: new Map([...graph.valueInfo].map(([name, value]) => [rename(name), info(value)])),
  }
}

/** Declares an input, or declares one of that name anew. */
export function setInput(graph: Graph, input: ValueInfo): Graph {
  const at = graph.inputs.findIndex(({ name }) => name === input.name)
  if (at >= 0) return { ...graph, inputs: graph.inputs.with(at, input) }
  if (valuesOf(graph).has(input.name)) throw new Error(`The name "${input.name}" is taken in this graph`)
  return { ...graph, inputs: [...graph.inputs, input] }
}

export function setInitializer(graph: Graph, name: string, tensor: Initializer): Graph {
  if (!graph.initializers.has(name) && valuesOf(graph).has(name)) {
    throw new Error(`The name "${name}" is taken in this graph`)
  }
  return { ...graph, initializers: new Map(graph.initializers).set(name, tensor) }
}

function replaceInput(node: Node, from: string, to: string): Node {
  if (!node.inputs.includes(from)) return node
  return { ...node, inputs: node.inputs.map(name => (name === from ? to : name)) }
}

function isUsed(graph: Graph, name: string): boolean {
  return name !== '' && (graph.outputs.some(output => output.name === name) || consumersOf(graph, name).length > 0)
}

function valuesOf(graph: Graph): ReadonlySet<string> {
  return new Set([
    ...graph.inputs.map(input => input.name),
    ...graph.initializers.keys(),
    ...graph.nodes.flatMap(node => node.outputs),
  ])
}

function requireValue(graph: Graph, name: string): void {
  const exists =
    graph.initializers.has(name) ||
    graph.inputs.some(input => input.name === name) ||
    producerOf(graph, name) !== undefined
  if (!exists) throw new Error(`No value is named "${name}" in graph "${graph.name}"`)
}

/** Throws unless every input of every node comes from somewhere before it and every value has one source. */
export function checked(graph: Graph): Graph {
  const known = new Set(['', ...graph.inputs.map(input => input.name), ...graph.initializers.keys()])
  for (const node of graph.nodes) {
    for (const name of node.inputs) {
      if (!known.has(name)) {
        throw new Error(`${node.op} "${node.name}" takes "${name}", which nothing before it gives`)
      }
    }
    for (const name of node.outputs) {
      if (name !== '' && known.has(name))
        throw new Error(`${node.op} "${node.name}" gives "${name}", which is already there`)
      known.add(name)
    }
  }
  for (const { name } of graph.outputs) {
    if (!known.has(name)) throw new Error(`Output "${name}" of graph "${graph.name}" comes from nowhere`)
  }
  return graph
}
