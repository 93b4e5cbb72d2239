import type { ItemTable } from '../../../sdk/typescript/index.js';
import { usage } from '../../outcome/outcome-error.js';

const PART = String.raw`"((?:[^"]|"")+)"|([^".]+)`;
const NAME = new RegExp(`^(?:${PART})\\.(?:${PART})$`, 'v');

/** A table as `snapback snapshot tables` lists it, or as SQL does: what has a dot or a quote in its name stands in double quotes. */
export function tableNameOf(typed: string): ItemTable {
  const found = NAME.exec(typed);
  if (found === null)
    throw usage(`"${typed}" is no SCHEMA.TABLE, such as public.orders; a name with a dot in it is written "a.b".`);
  const [, quotedSchema, schema, quotedName, name] = found;
  return { schema: unquoted(quotedSchema) ?? schema!, name: unquoted(quotedName) ?? name! };
}

function unquoted(quoted: string | undefined): string | undefined {
  return quoted?.replaceAll('""', '"');
}
