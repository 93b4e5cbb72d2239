import type { ItemTable } from './generated/types.gen.js';

/** A table as PostgreSQL's SQL names it: `restored_9d0a4f7e.orders`, `"my shop"."Orders"`. */
export function sqlName({ schema, name }: ItemTable): string {
  const isKnown = schema === 'public' || /^restored_[0-9a-f]+$/.test(schema);
  return `${isKnown ? schema : quoted(schema)}.${/^[a-z_][a-z0-9_]*$/.test(name) ? name : quoted(name)}`;
}

// At the beginning of a name it might be a word of SQL, behind a dot it cannot.
function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
