import type { Node } from './model.ts'

/**
 * The nodes in an order in which they can run. The specification asks files for one, but some tools (float16
 * converters) append nodes at the end and leave it to the runtime. What already is in order stays as it is.
 */
export function inOrder(nodes: readonly Node[]): readonly Node[] {
  const producers = new Map(nodes.flatMap(node => node.outputs.map(name => [name, node] as const)))
  const sorted = new Set<Node>()
  const open = new Set<Node>()
  // Depth first without recursion: real graphs are thousands of nodes deep.
  for (const node of nodes) {
    const stack = [node]
    while (stack.length > 0) {
      const top = stack.at(-1)!
      const missing = top.inputs
        .map(name => (name === '' ? undefined : producers.get(name)))
        .find(producer => producer !== undefined && !sorted.has(producer))
      if (missing === undefined) {
        sorted.add(top)
        open.delete(top)
        stack.pop()
      } else if (open.has(missing) || missing === top) {
        throw new Error(`${missing.op} "${missing.name}" depends on itself`)
      } else {
        open.add(top)
        stack.push(missing)
      }
    }
  }
  return [...sorted]
}
