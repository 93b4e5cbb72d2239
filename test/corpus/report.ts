import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { DatabaseResult } from './results.js';
import { explanations, table } from './table.js';

const DOCUMENT = join(import.meta.dirname, '..', '..', 'docs', 'restorable.md');
const [BEGIN, END] = ['<!-- corpus: begin -->', '<!-- corpus: end -->'];

/** Puts the table of a run between its marks in docs/restorable.md. */
export async function writeReport(
  results: readonly DatabaseResult[],
  { server, seconds }: { server: string; seconds: number },
): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8');
  const [before, rest] = text.split(BEGIN) as [string, string | undefined];
  const after = rest?.split(END)[1];
  if (after === undefined) throw new Error(`${DOCUMENT} has no place for the table: ${BEGIN} … ${END}`);
  const day = new Date().toISOString().slice(0, 10);
  const words = [
    `PostgreSQL ${server}, ${day}, ${results.length} databases and roles in ${seconds} s.`,
    table(results),
    'What is not `same`:',
    explanations(results).join('\n') || 'nothing.',
  ];
  await writeFile(DOCUMENT, `${before}${BEGIN}\n\n${words.join('\n\n')}\n\n${END}${after}`);
}
