import type { DescribedObject, DescriptionStream } from '../postgres/description/described-object.js';

/** Names in a list, in quotes where they need them. */
const NAME = String.raw`(?:"(?:[^"]|"")+"|[^",()\s]+)`;
const KEY = new RegExp(String.raw`^PRIMARY KEY \((${NAME}(?:, ${NAME})*)\)`);

/** By schema and name (`qualifiedName`), the columns of each table's primary key, in its order. */
export type PrimaryKeys = ReadonlyMap<string, readonly string[]>;

/** Those that a description has. Rejects as the description does. */
export async function primaryKeysIn(description: DescriptionStream): Promise<PrimaryKeys> {
  const keys = new Map<string, readonly string[]>();
  for await (const objects of description) {
    for (const object of objects) {
      const key = primaryKeyIn(object);
      if (key !== undefined) keys.set(key.table, key.columns);
    }
  }
  return keys;
}

/** The primary key that an object is; `table` as `qualifiedName` has it. */
export function primaryKeyIn({
  kind,
  name,
  definition,
}: DescribedObject): { table: string; columns: readonly string[] } | undefined {
  if (kind !== 'constraint' || definition['type'] !== 'primary key') return undefined;
  // As in `"orders_pkey" ON "shop"."orders"`.
  const table = /^"(?:[^"]|"")+" ON (.+)$/s.exec(name)?.[1];
  const columns = KEY.exec(String(definition['statement']))?.[1];
  return table === undefined || columns === undefined ? undefined : { table, columns: namesIn(columns) };
}

function namesIn(list: string): string[] {
  return [...list.matchAll(/"((?:[^"]|"")+)"|([^",\s]+)/g)].map(
    ([, inQuotes, plain]) => inQuotes?.replaceAll('""', '"') ?? plain!,
  );
}
