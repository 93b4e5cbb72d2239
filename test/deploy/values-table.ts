import { isMap, isScalar, parseDocument, type Pair, type YAMLMap } from 'yaml';

/** One value: what it is called, what it is unless told, and what its comment says. */
export interface Row {
  path: string;
  value: string;
  meaning: string;
}

/** Every value, in order: what is described below it has rows of its own. Throws for one that nobody has described. */
export function rowsOf(yaml: string): Row[] {
  const { contents } = parseDocument(yaml);
  if (!isMap(contents)) throw new Error('These are no values.');
  return rowsBelow(contents, '');
}

function rowsBelow(map: YAMLMap, prefix: string): Row[] {
  return map.items.flatMap((pair, at) => {
    const path = `${prefix}${keyOf(pair)}`;
    const meaning = commentOf(pair) ?? (at === 0 ? commentOf(map) : undefined);
    const below = isMap(pair.value) && isDescribed(pair.value) ? rowsBelow(pair.value, `${path}.`) : [];
    if (meaning === undefined && below.length === 0) throw new Error(`${path} has no comment.`);
    if (meaning === undefined) return below;
    return [{ path, value: below.length > 0 ? '' : shown(pair.value), meaning }, ...below];
  });
}

/** Otherwise what stands in it is one value, as a whole. */
function isDescribed(map: YAMLMap): boolean {
  const [first] = map.items;
  if (map.flow === true || first === undefined) return false;
  return (commentOf(map) ?? commentOf(first)) !== undefined || (isMap(first.value) && isDescribed(first.value));
}

function keyOf({ key }: Pair): string {
  if (!isScalar(key)) throw new Error('A key that is no name.');
  return String(key.value);
}

/** The parser gives what stands above the first entry of a map to the map, with what the file begins with. */
function commentOf(node: Pair | YAMLMap): string | undefined {
  const comment = isMap(node) ? node.commentBefore : isScalar(node.key) ? node.key.commentBefore : undefined;
  return comment
    ?.split(/\n\s*\n/)
    .at(-1)
    ?.replaceAll(/\s+/g, ' ')
    .trim();
}

function shown(value: unknown): string {
  const plain: unknown = (value as { toJSON?: () => unknown } | null)?.toJSON?.() ?? null;
  return `\`${JSON.stringify(plain)}\``;
}

export function tableOf(rows: readonly Row[]): string {
  const cell = (text: string) => text.replaceAll('|', String.raw`\|`);
  const lines = rows.map(({ path, value, meaning }) => `| \`${path}\` | ${cell(value)} | ${cell(meaning)} |`);
  return ['| value | unless told | meaning |', '| --- | --- | --- |', ...lines, ''].join('\n');
}
