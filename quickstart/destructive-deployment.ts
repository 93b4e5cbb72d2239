import { appendFile, chmod, mkdir, readdir, readFile, stat, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from 'pg';

/**
 * A deployment that goes wrong on the sample ERP in every way a rollback has to undo: rows, definitions and
 * files, in each way they can change.
 * @param environment connection URL of the role that owns the tables, and the path of the filestore
 * @returns what it did, in sentences with counts
 */
export async function runDestructiveDeployment(environment: { url: string; filestorePath: string }): Promise<string[]> {
  return [...(await breakDatabase(environment.url)), ...(await breakFilestore(environment.filestorePath))];
}

const STATEMENTS: [sql: string, sentence: (rows: string) => string][] = [
  [
    `UPDATE orders SET status = 'cancelled', total = 0 WHERE id % 3 = 0`,
    (rows) => `Cancelled ${rows} orders and set their totals to zero.`,
  ],
  [
    `UPDATE order_lines SET unit_price = unit_price * 10 WHERE id % 2 = 0`,
    (rows) => `Multiplied the price of ${rows} order lines by ten.`,
  ],
  [
    `DELETE FROM orders WHERE id % 10 = 0`,
    (rows) => `Deleted ${rows} orders, and their lines and attachments with them.`,
  ],
  [
    `INSERT INTO customers (name, email, city, country, since)
     SELECT 'Imported twice', 'import-' || i || '@example.test', 'Nowhere', 'XX', '2026-01-01' FROM generate_series(1, 25) AS i`,
    (rows) => `Inserted ${rows} customers that do not exist.`,
  ],
  [`DROP TABLE attachments`, () => 'Dropped the table attachments.'],
  [
    `ALTER TABLE customers ALTER COLUMN credit_limit TYPE integer USING 0`,
    () => 'Changed the column customers.credit_limit to whole numbers, losing what was in it.',
  ],
  [`ALTER TABLE customers DROP COLUMN note`, () => 'Dropped the column customers.note.'],
  [`DROP INDEX orders_open`, () => 'Dropped the index orders_open.'],
];

async function breakDatabase(url: string): Promise<string[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const sentences: string[] = [];
    for (const [sql, sentence] of STATEMENTS) {
      const { rowCount } = await client.query(sql);
      sentences.push(sentence((rowCount ?? 0).toLocaleString('en')));
    }
    return sentences;
  } finally {
    await client.end();
  }
}

/** What happens to the first, second, … of every eight files in order of their names. */
const FATES: { act: (path: string) => Promise<void>; sentence: (files: string) => string }[] = [
  { act: unlink, sentence: (files) => `Removed ${files} files.` },
  {
    act: (path) => appendFile(path, 'appended by the migration\n'),
    sentence: (files) => `Appended to ${files} files.`,
  },
  { act: overwriteUnnoticed, sentence: (files) => `Overwrote ${files} files, keeping their sizes and times.` },
  { act: (path) => chmod(path, 0o600), sentence: (files) => `Changed the permissions of ${files} files.` },
];
const FATE_CYCLE = 8;
const ADDED_FILES = 40;

async function breakFilestore(root: string): Promise<string[]> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const sorted = files.toSorted();
  const sentences: string[] = [];
  for (const [fate, { act, sentence }] of FATES.entries()) {
    const chosen = sorted.filter((_, index) => index % FATE_CYCLE === fate);
    for (const path of chosen) await act(path);
    sentences.push(sentence(chosen.length.toLocaleString('en')));
  }
  await addFiles(join(root, 'migrated'));
  return [...sentences, `Added ${ADDED_FILES} files in a directory of their own.`];
}

/** What a comparison of sizes and times would miss. */
async function overwriteUnnoticed(path: string): Promise<void> {
  const [content, { atime, mtime }] = await Promise.all([readFile(path), stat(path)]);
  await writeFile(path, content.toReversed());
  await utimes(path, atime, mtime);
}

async function addFiles(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  for (let number = 1; number <= ADDED_FILES; number += 1) {
    await writeFile(join(directory, `export-${number}.txt`), `Written by the deployment, number ${number}.\n`);
  }
}
