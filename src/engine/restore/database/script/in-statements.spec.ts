import { describe, expect, it } from 'vitest';
import { inStatements } from './in-statements.js';

const SCRIPT = `\\restrict abc
SET statement_timeout = 0;
SET transaction_timeout = 0;

--
-- TOC entry 1 (class 0 OID 0)
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;
SELECT pg_catalog.lowrite(0, '\\x${'ab'.repeat(200_000)}');
SELECT pg_catalog.lowrite(0, ';
-- TOC entry 9;');
COMMIT;

-- Completed
\\unrestrict abc
`;

async function cut(pieces: number): Promise<string[]> {
  const bytes = Buffer.from(SCRIPT);
  async function* source() {
    for (let at = 0; at < bytes.length; at += pieces) yield bytes.subarray(at, at + pieces);
  }
  const batches: string[] = [];
  for await (const batch of inStatements(source())) batches.push(batch.toString());
  return batches;
}

describe('a script in statements', () => {
  it('leaves out what is not for the server, and cuts between statements only', async () => {
    for (const pieces of [7, 1024, 65_536, 10_000_000]) {
      const batches = await cut(pieces);
      const all = batches.join('');
      expect(all.startsWith('-- TOC entry 1')).toBe(true);
      expect(all.endsWith('COMMIT;')).toBe(true);
      expect(all).not.toContain('statement_timeout');
      for (const batch of batches) expect(batch.endsWith(';')).toBe(true);
    }
  });

  it('has nothing where nothing was dumped', async () => {
    const batches: Buffer[] = [];
    for await (const batch of inStatements(
      (async function* () {
        yield Buffer.from('\\restrict a\nSET x = 0;\n');
      })(),
    ))
      batches.push(batch);
    expect(batches).toEqual([]);
  });
});
