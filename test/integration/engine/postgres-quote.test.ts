import * as fc from 'fast-check';
import type { Client } from 'pg';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { openConnection, type OpenConnection } from '../../../src/engine/postgres/connection/connect.js';
import { quoteIdentifier, quoteLiteral } from '../../../src/engine/postgres/sql/quote.js';

let connection: OpenConnection;
let client: Client;

beforeAll(async () => {
  connection = await openConnection(inject('postgres'), {});
  client = connection.client;
});
afterAll(() => connection.close());

const NASTY = ['"', "'", '\\', '$', ' ', '\n', '\t', ';', '-', '/', '*', '%', 'é', '漢', '🐘', 'a', 'A', '.', '='];
const text = fc.oneof(
  fc.string({ unit: fc.constantFrom(...NASTY), maxLength: 15 }),
  fc.string({ unit: 'binary', maxLength: 15 }).filter((value) => !value.includes('\0') && value.isWellFormed()),
);

it('gives the server any legal name as it is', async () => {
  await fc.assert(
    fc.asyncProperty(
      text.filter((name) => name !== '' && Buffer.byteLength(name) < 64),
      async (name) => {
        const { fields } = await client.query(`SELECT 1 AS ${quoteIdentifier(name)}`);
        expect(fields[0]?.name).toBe(name);
      },
    ),
    { numRuns: 300 },
  );
});

it.each(['on', 'off'])('gives the server any text as it is, with standard_conforming_strings %s', async (setting) => {
  await client.query(`SET standard_conforming_strings = ${setting}`);
  await fc.assert(
    fc.asyncProperty(text, async (value) => {
      const { rows } = await client.query<{ value: string }>(`SELECT ${quoteLiteral(value)} AS value`);
      expect(rows[0]?.value).toBe(value);
    }),
    { numRuns: 300 },
  );
});
