import type { Outcome, Proof } from './prove.js';

const [BEGIN, END] = ['<!-- generators: begin -->', '<!-- generators: end -->'];
const HEAD = [
  '| generator | version | generates | compiles | does the job | with a newer service | `null` in a PATCH | remarks |',
  '| --- | --- | --- | --- | --- | --- | --- | --- |',
];

/**
 * A document with the rows of these proofs in its table, in the order of `names`. Rows of other generators stay as they are: not
 * every machine can try all of them. Throws when the document has no place for a table. Pure.
 */
export function withRows(document: string, proofs: readonly Proof[], names: readonly string[]): string {
  const [before, rest] = document.split(BEGIN) as [string, string | undefined];
  const [table, after] = rest?.split(END) ?? [];
  if (table === undefined || after === undefined) throw new Error(`There is no place for a table: ${BEGIN} … ${END}`);
  const present = table.split('\n').filter((line) => line.startsWith('| ') && !HEAD.includes(line));
  const rows = new Map([...present.map((row) => [nameIn(row), row] as const), ...proofs.map(entryOf)]);
  const sorted = names.flatMap((name) => rows.get(name) ?? []);
  return `${before}${BEGIN}\n\n${[...HEAD, ...sorted].join('\n')}\n\n${END}${after}`;
}

function entryOf(proof: Proof): [name: string, row: string] {
  const { generator, generates, compiles, doesTheJob, newer } = proof;
  const { name, version, sendsNull, bearsNewer, remark } = generator;
  const asSaid = (outcome: Outcome, said: boolean): string => (outcome.went === 'well' ? (said ? 'yes' : 'no') : '');
  const cells = [
    ...[name, version, words(generates), words(compiles), words(doesTheJob)],
    ...[asSaid(newer, bearsNewer), asSaid(doesTheJob, sendsNull), remark],
  ];
  return [name, `| ${cells.join(' | ')} |`];
}

function words(outcome: Outcome): string {
  if (outcome.went === 'well') return 'yes';
  const why = (outcome.why.split('\n')[0] ?? '').replaceAll('|', '\\|');
  return outcome.went === 'wrong' ? `**no**: ${why}` : `not tried: ${why}`;
}

function nameIn(row: string): string {
  return row.split(' | ')[0]!.slice(2);
}
