import type { UsageDay } from '../../sdk/typescript/index.js';

const COLUMNS = [
  'day',
  'projectId',
  'projectName',
  'logicalBytes',
  'storedBytes',
  'addedBytes',
  'snapshotCount',
  'lookCount',
] as const satisfies readonly (keyof UsageDay)[];

/** The rows as the service gave them, under the names of the contract (RFC 4180). */
export function usageCsv(rows: readonly UsageDay[]): string {
  return [COLUMNS.join(','), ...rows.map((row) => COLUMNS.map((name) => cell(row[name])).join(','))]
    .map((line) => `${line}\r\n`)
    .join('');
}

/** A name that begins as a formula does would be one in a spreadsheet: an apostrophe says that it is a text. */
function cell(value: string | number): string {
  if (typeof value === 'number') return String(value);
  const text = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
