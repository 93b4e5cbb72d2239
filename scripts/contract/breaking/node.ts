/** Any object in a document. */
export type Node = Readonly<Record<string, unknown>>;

/** What a node stands for, however often it refers to another one. Throws when there is no such place. */
export function resolved(document: Node, node: Node): Node {
  if (typeof node.$ref !== 'string') return node;
  const [, ...names] = node.$ref.split('/');
  const place = names.reduce<unknown>((at, name) => (at as Node | undefined)?.[name], document);
  if (typeof place !== 'object' || place === null) throw new Error(`There is no ${node.$ref}.`);
  return resolved(document, place as Node);
}
