import { type FileHandle, mkdir, open, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ContentRef } from '../../vault/manifests/content-ref.js';
import type { VaultReader } from '../../vault/vault.js';
import { quoteIdentifier } from '../postgres/sql/quote.js';
import { readDescription } from '../postgres/description/description-content.js';
import type { WorkContext } from '../progress.js';
import type { DatabaseSurvey } from '../restore/database/order/database-survey.js';
import { loadScript } from './load-script.js';
import { onOutput } from './writing-output.js';
import { writePropertyStatements } from './property-statements.js';
import { neededRoles, rolesStatement } from './needed-roles.js';
import { tablePlan, verification } from './table-plan.js';
import { sequencesSql, triggersSql, viewLines } from './other-statements.js';

const PRIVATE_DIRECTORY = 0o700;
const PRIVATE_FILE = 0o600;
const EXECUTABLE = 0o700;
const PUBLIC = quoteIdentifier('public');

export interface DatabaseExtraction {
  vault: VaultReader;
  project: string;
  snapshotId: string;
  survey: DatabaseSurvey;
  /** Not there yet. */
  directory: string;
}

/**
 * Writes a captured database as a directory: `definitions.dump` for `pg_restore`, a file of COPY text for each table in `data`, the
 * statements for the rest, and `load.sh`, which loads all of it with `psql` and `pg_restore` and needs nothing else. No program of
 * PostgreSQL is needed to write it. Rejects as `extractSnapshot` does.
 */
export async function extractDatabase(
  extraction: DatabaseExtraction,
  { signal, progress }: WorkContext,
): Promise<{ tables: number; rows: number; bytes: number }> {
  const { vault, project, snapshotId, survey, directory } = extraction;
  const { database } = survey;
  await onOutput(directory, () => mkdir(join(directory, 'data'), { recursive: true, mode: PRIVATE_DIRECTORY }));
  const put = (name: string, text: string, mode = PRIVATE_FILE) =>
    onOutput(directory, () => writeFile(join(directory, name), text, { mode, flag: 'wx' }));

  await writeContent(join(directory, 'definitions.dump'), vault.readContent(project, database.content));
  const tables = [...survey.tables.values()];
  const { before, after, create } = writePropertyStatements(database);
  await put('create.sql', create);
  await put('settings.sql', before);
  await put('properties.sql', after);
  await put('roles.sql', rolesStatement(neededRoles(database)));
  await put('tables.sql', tablePlan(tables, database.properties.encoding));
  await put('verify.sql', verification(tables));
  await put('triggers.sql', triggersSql(tables));
  await put('sequences.sql', sequencesSql(survey.sequences));
  await put('views.txt', viewLines(survey.materializedViews));
  const hasPublic = await namesPublic(vault, project, survey.description);
  await put('load.sh', loadScript({ snapshotId, database, dropPublic: !hasPublic }), EXECUTABLE);

  let bytesDone = 0;
  const data = new TableFiles(join(directory, 'data'));
  try {
    for await (const entry of vault.readEntries(project, snapshotId)) {
      signal.throwIfAborted();
      if (entry.kind !== 'segment') continue;
      await data.append(entry.table, vault.readContent(project, entry.content));
      bytesDone += entry.content.bytes;
      progress.report({ phase: 'stage-database', bytesDone, bytesTotal: survey.dataBytes });
    }
  } finally {
    await data.close();
  }
  return { tables: tables.length, rows: tables.reduce((sum, { rows }) => sum + rows, 0), bytes: survey.dataBytes };
}

/** A file for each table, by its number in the manifest. Segments of one mostly come one after the other. */
class TableFiles {
  private current: { table: number; file: FileHandle } | undefined;

  constructor(private readonly directory: string) {}

  async append(table: number, content: AsyncIterable<Buffer>): Promise<void> {
    if (this.current?.table !== table) {
      await this.close();
      const path = join(this.directory, `${table}.copy`);
      this.current = { table, file: await onOutput(path, () => open(path, 'a', PRIVATE_FILE)) };
    }
    const { file } = this.current;
    for await (const bytes of content) await onOutput(this.directory, () => file.writeFile(bytes));
  }

  async close(): Promise<void> {
    await this.current?.file.close();
    this.current = undefined;
  }
}

async function writeContent(path: string, content: AsyncIterable<Buffer>): Promise<void> {
  const file = await onOutput(path, () => open(path, 'wx', PRIVATE_FILE));
  try {
    for await (const bytes of content) await onOutput(path, () => file.writeFile(bytes));
  } finally {
    await file.close();
  }
}

/** Every new database has this schema, and the archive says nothing when it was dropped. Nothing is known of older snapshots. */
async function namesPublic(vault: VaultReader, project: string, description: ContentRef | undefined): Promise<boolean> {
  if (description === undefined) return true;
  for await (const batch of readDescription(vault.readContent(project, description))) {
    if (batch.some(({ kind, name }) => kind === 'schema' && name === PUBLIC)) return true;
    if (batch.some(({ kind }) => kind !== 'schema')) return false;
  }
  return false;
}
