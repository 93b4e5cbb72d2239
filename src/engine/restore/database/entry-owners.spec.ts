import { expect, it } from 'vitest';
import { EntryOwners } from './entry-owners.js';
import { listingDecoder } from './listing-decoder.js';

const entry = (id: number, name: string, owner: string) => `--
-- TOC entry ${id} (class 1259 OID 16385)
-- Dependencies: 3 4
-- Name: ${name}; Type: TABLE; Schema: public; Owner: ${owner}
--

CREATE TABLE public.t (id integer);
ALTER TABLE public.t OWNER TO whoever;
`;

function ownersOf(sql: string, bytesAtOnce = sql.length * 4): Map<number, string> {
  const found = new EntryOwners(listingDecoder('UTF8'));
  const bytes = Buffer.from(sql);
  for (let at = 0; at < bytes.length; at += bytesAtOnce) found.add(bytes.subarray(at, at + bytesAtOnce));
  return found.owners;
}

it.each(['app', 'old app', 'Old, "App"', 'größe', 'to', 'a; Type: b'])('reads an owner called %s', (owner) => {
  expect(ownersOf(entry(7, 'some table', owner))).toEqual(new Map([[7, owner]]));
});

it('reads the same however the text is cut', () => {
  const sql = entry(7, 'größe', 'größe') + entry(8, 't', 'old app');
  const expected = new Map([
    [7, 'größe'],
    [8, 'old app'],
  ]);
  for (const bytesAtOnce of [1, 2, 3, 7, 64]) expect(ownersOf(sql, bytesAtOnce)).toEqual(expected);
});

it('does not choose where a name leaves open which words are the owner', () => {
  expect(ownersOf(entry(7, 't; Owner: x', 'app'))).toEqual(new Map());
});

it('passes over a line that is too long to be a comment', () => {
  const body = `-- ${'x'.repeat(200_000)}; Owner: nobody\n`;
  expect(ownersOf(body + entry(7, 't', 'app'), 1000)).toEqual(new Map([[7, 'app']]));
});

it('takes nothing from comments in what the definitions contain', () => {
  const body = '-- Name: x; Type: TABLE; Schema: public; Owner: nobody\n';
  expect(ownersOf(entry(7, 't', 'app') + body)).toEqual(new Map([[7, 'app']]));
});
