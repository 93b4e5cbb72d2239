import { describe, expect, it } from 'vitest';
import { SqlScanner } from './sql-scanner.js';

function scan(sql: string, pieces = sql.length): { lines: string[]; statements: string[] } {
  const bytes = Buffer.from(sql);
  const lines: string[] = [];
  const ends: number[] = [];
  const scanner = new SqlScanner({ onLine: (line) => lines.push(line.toString()), onSemicolon: (to) => ends.push(to) });
  for (let at = 0; at < bytes.length; at += pieces) scanner.add(bytes.subarray(at, at + pieces));
  scanner.end();
  const statements = ends.map((to, index) => bytes.toString('utf8', ends[index - 1] ?? 0, to).trim());
  return { lines, statements };
}

/** Each must be one statement with a line behind it that is seen; the line `-- trap;` in it must not be. */
const ONE_STATEMENT = [
  `SELECT 'it''s\n-- trap;\n';`,
  `SELECT E'it\\'s;\n-- trap;\n';`,
  `SELECT e'\\\\';`,
  `SELECT 'ends with a backslash\\';`,
  `SELECT name';\n-- trap;\n';`,
  `SELECT "we""ird;\n-- trap;\n";`,
  `CREATE FUNCTION f() AS $$\n-- trap;\n$ $1 $x$ ;$$;`,
  `CREATE FUNCTION f() AS $_$\n-- trap;\n$$ $_ $_$;`,
  `CREATE FUNCTION f() AS $größe$\n-- trap;\n$größe$;`,
  `SELECT a$b, $1, '$$';`,
  `SELECT 1 /* ;\n-- trap;\n/* ' */ " */;`,
  `SELECT 1 -- a ' comment ; "\n;`,
  `SELECT 1 - -1, 4 / 2 * 3;`,
];

describe('a scan of SQL', () => {
  it.each(ONE_STATEMENT)('sees one statement in %j, however it arrives', (sql) => {
    for (const pieces of [1, 2, 3, 1000]) {
      const { lines, statements } = scan(`${sql}\nnext line\nSELECT 2;`, pieces);
      expect(statements).toEqual([sql, 'next line\nSELECT 2;']);
      expect(lines).toContain('next line');
      expect(lines).not.toContain('-- trap;');
    }
  });

  it('tells where a line begins and ends', () => {
    const found: [string, number, number][] = [];
    const scanner = new SqlScanner({ onLine: (line, from, to) => found.push([line.toString(), from, to]) });
    scanner.add(Buffer.from('a\n-- b\nlast'));
    scanner.end();
    expect(found).toEqual([
      ['a', 0, 2],
      ['-- b', 2, 7],
      ['last', 7, 12],
    ]);
  });
});
