import type { DescriptionStream } from '../postgres/description/described-object.js';

/** Names in a list, in quotes where they need them. */
const NAME = String.raw`(?:"(?:[^"]|"")+"|[^",()\s]+)`;
const KEY = new RegExp(String.raw`^PRIMARY KEY \((${NAME}(?:, ${NAME})*)\)`);

/** By schema and name (`qualifiedName`), the columns of each table's primary key, in its order. */
export type PrimaryKeys = ReadonlyMap<string, readonly string[]>;

/** Those that a description has. Rejects as the description does. */
export async function primaryKeysIn(description: DescriptionStream): Promise<PrimaryKeys> {
  const keys = new Map<string, readonly string[]>();
  for await (const objects of description) {
    for (const { kind, name, definition } of objects) {
      if (kind !== 'constraint' || definition['type'] !== 'primary key') continue;
      // As in `"orders_pkey" ON "shop"."orders"`.
      const table = /^"(?:[^"]|"")+" ON (.+)$/s.exec(name)?.[1];
      const columns = KEY.exec(String(definition['statement']))?.[1];
      if (table !== undefined && columns !== undefined) keys.set(table, namesIn(columns));
    }
  }
  return keys;
}

function namesIn(list: string): string[] {
  return [...list.matchAll(/"((?:[^"]|"")+)"|([^",\s]+)/g)].map(
    ([, inQuotes, plain]) => inQuotes?.replaceAll('""', '"') ?? plain!,
  );
}
