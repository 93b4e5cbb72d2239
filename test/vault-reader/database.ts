import { open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Line } from './manifest.js';
import type { Packs } from './packs.js';

/** What the text of rows must be read under. */
const SETTINGS = `SET search_path = '';
SET IntervalStyle = postgres;
SET lc_monetary = 'C';
SET array_nulls = on;
SET xmloption = content;
`;

/**
 * Writes what PostgreSQL's own programs need into `directory`: `definitions.archive` for pg_restore, `rows.sql`,
 * `sequences.sql` and `views.sql` for psql, `properties.json`.
 */
export async function writeDatabase(lines: readonly Line[], packs: Packs, directory: string): Promise<void> {
  const database = lines.find((line) => line.kind === 'database');
  if (database === undefined) return;
  await writeFile(join(directory, 'properties.json'), JSON.stringify(database.properties));
  await writeFile(join(directory, 'definitions.archive'), packs.read(database.content));
  await writeRows(lines, packs, database.properties.encoding, join(directory, 'rows.sql'));
  const sequences = lines.flatMap((line) =>
    line.kind === 'sequence'
      ? [`SELECT pg_catalog.setval(${literal(qualified(line))}, ${line.lastValue}, ${line.isCalled});\n`]
      : [],
  );
  await writeFile(join(directory, 'sequences.sql'), sequences.join(''));
  const views = lines.flatMap((line) =>
    line.kind === 'materialized-view' ? [`REFRESH MATERIALIZED VIEW ${qualified(line)};\n`] : [],
  );
  await writeFile(join(directory, 'views.sql'), SETTINGS + views.join(''));
}

async function writeRows(lines: readonly Line[], packs: Packs, encoding: string, path: string): Promise<void> {
  const tables = new Map(lines.flatMap((line) => (line.kind === 'table' ? [[line.table, line] as const] : [])));
  const script = await open(path, 'wx');
  await script.write(SETTINGS);
  for (const line of lines) {
    if (line.kind !== 'segment' || line.rows === 0) continue;
    const table = tables.get(line.table)!;
    const columns = table.columns.length === 0 ? '' : ` (${table.columns.map(identifier).join(', ')})`;
    await script.write(
      `COPY ${qualified(table)}${columns} FROM STDIN WITH (FORMAT text, ENCODING ${literal(encoding)});\n`,
    );
    for await (const bytes of packs.read(line.content)) await script.write(bytes);
    await script.write('\\.\n');
  }
  await script.close();
}

function qualified({ schema, name }: { schema: string; name: string }): string {
  return `${identifier(schema)}.${identifier(name)}`;
}

function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}
