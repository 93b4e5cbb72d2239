import { describe, expect, it } from 'vitest';
import { ConfigurationError } from '../config/configuration-error.js';
import { EngineError } from '../engine/engine-error.js';
import type { ProgramName } from '../engine/postgres/programs/programs.js';
import { ClientPrograms } from './client-programs.js';

const found = async (name: ProgramName) =>
  [17, 15].map((major) => ({ path: `/pg/${major}/${name}`, major, version: `${name} (PostgreSQL) ${major}` }));
const none = async (name: ProgramName) => {
  if (name === 'pg_restore') throw new EngineError('client-tools-missing', 'pg_restore was not found; install it.');
  return found(name);
};

describe('the client programs of a start', () => {
  it('are listed with their versions, the one that is found first first', async () => {
    expect(String(await ClientPrograms.look(true, found))).toBe('pg_dump 17, 15; pg_restore 17, 15');
  });

  it('stop it when one is missing that it needs, in a sentence that names the variable', async () => {
    const refused = ClientPrograms.look(true, none);
    await expect(refused).rejects.toBeInstanceOf(ConfigurationError);
    await expect(refused).rejects.toMatchObject({
      code: 'client-tools-missing',
      message: 'PG_BIN: pg_restore was not found; install it.',
    });
  });

  it('are said to be missing where nothing runs them', async () => {
    expect(String(await ClientPrograms.look(false, none))).toBe('pg_dump 17, 15; pg_restore none');
  });
});
