import { rename, stat } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { exchangeDirectories } from '../../../src/engine/filestore/exchange.js';
import { withConnection } from '../../../src/engine/postgres/connect.js';
import { cutover, type CutoverStep } from '../../../src/engine/restore/cutover.js';
import { discardStaged, dropKept } from '../../../src/engine/restore/discard.js';
import { stage } from '../../../src/engine/restore/stage.js';
import type { Staged } from '../../../src/engine/restore/staged.js';
import { query } from '../../harness/database.js';
import { quietly, RestoreFixture } from './restore-fixture.js';

let fixture: RestoreFixture;
let staged: Staged;

beforeEach(async () => {
  fixture = await RestoreFixture.create();
  staged = await stage(await fixture.request(), fixture.vault, quietly);
});
afterEach(() => fixture.remove());

const unwatched = async () => undefined;

/** Here the snapshot is the older state, so what was live before is `new`. */
async function expectTheOldState(): Promise<void> {
  expect(await fixture.now()).toEqual({ rows: 'new', files: 'new' });
  expect(await discardStaged(staged)).toEqual([]);
}

/** Does something at one step, before it is taken. */
function at(step: CutoverStep, act: () => Promise<void>): (step: CutoverStep) => Promise<void> {
  return async (reached) => {
    if (reached === step) await act();
  };
}

describe('a cutover that works', () => {
  it('puts both halves in place, step by step, and keeps the previous state', async () => {
    const steps: CutoverStep[] = [];

    const result = await cutover(staged, { onStep: async (step) => void steps.push(step) });

    expect(steps).toEqual(['swap-databases', 'exchange-directories', 'open']);
    expect(await fixture.now()).toEqual({ rows: 'old', files: 'old' });
    expect(result.warnings).toEqual([]);
    expect(result.keptDatabase).toBe(staged.database!.names.kept);
    expect(result.keptDirectory).toBe(staged.filestore!.keptPath);
    expect(await fixture.filesOf(result.keptDirectory!)).toBe('new');
    expect(await fixture.rowsOf(result.keptDatabase!)).toMatch(/not currently accepting connections/);
    expect(result.downtimeMs).toBeGreaterThanOrEqual(0);
    expect(result.downtimeMs).toBeLessThanOrEqual(result.finishedAt.getTime() - result.startedAt.getTime());
  });

  it('leaves nothing but the live state once the kept one is dropped', async () => {
    const { keptDatabase, keptDirectory } = await cutover(staged, { onStep: unwatched });

    const warnings = await dropKept({
      database: { address: staged.database!.maintenance, name: keptDatabase! },
      directory: keptDirectory!,
    });

    expect(warnings).toEqual([]);
    expect(await fixture.leftovers()).toEqual([]);
    expect(await fixture.now()).toEqual({ rows: 'old', files: 'old' });
  });

  it('carries over what was granted after the shadow was made', async () => {
    await query(fixture.address, `REVOKE CONNECT ON DATABASE "${fixture.address.database}" FROM PUBLIC`);

    await cutover(staged, { onStep: unwatched });

    const open = await query(
      inject('postgres'),
      `SELECT FROM pg_database, aclexplode(datacl) AS acl
       WHERE datname = $1 AND acl.grantee = 0 AND acl.privilege_type = 'CONNECT'`,
      [fixture.address.database],
    );
    expect(open).toEqual([]);
  });

  it('never shows rows of the one state with files of the other', async () => {
    const stop = new AbortController();
    const pairs: string[] = [];
    const clients = Array.from({ length: 8 }, async () => {
      while (!stop.signal.aborted) await lookAtBoth(pairs).catch(() => sleep(5));
    });
    await sleep(300);

    await cutover(staged, { onStep: unwatched });
    await sleep(300);
    stop.abort();
    await Promise.all(clients);

    expect([...new Set(pairs)].toSorted()).toEqual(['new new', 'old old']);
  });

  it('works for the database alone', async () => {
    const { filestore: _, ...alone } = staged;
    const steps: CutoverStep[] = [];

    const result = await cutover(alone, { onStep: async (step) => void steps.push(step) });

    expect(steps).toEqual(['swap-databases', 'open']);
    expect(await fixture.now()).toEqual({ rows: 'old', files: 'new' });
    expect(result).not.toHaveProperty('keptDirectory');
  });

  it('works for the filestore alone', async () => {
    const { database: _, ...alone } = staged;
    const steps: CutoverStep[] = [];

    const result = await cutover(alone, { onStep: async (step) => void steps.push(step) });

    expect(steps).toEqual(['exchange-directories']);
    expect(await fixture.now()).toEqual({ rows: 'new', files: 'old' });
    expect(result).not.toHaveProperty('keptDatabase');
  });

  it('opens the new state even when the last step could not be written down', async () => {
    const onStep = at('open', async () => {
      throw new Error('the journal is away');
    });

    const { warnings } = await cutover(staged, { onStep });

    expect(warnings).toEqual([expect.stringContaining('the journal is away')]);
    expect(await fixture.now()).toEqual({ rows: 'old', files: 'old' });
  });
});

/** Rows, files, rows again: when the session lived through it, both halves were of one moment. */
async function lookAtBoth(pairs: string[]): Promise<void> {
  await withConnection(fixture.address, { applicationName: 'the application' }, async (client) => {
    for (let n = 0; n < 10; n += 1) {
      const before = await client.query<{ value: string }>('SELECT value FROM public.state');
      const files = await fixture.filesOf(fixture.files);
      const after = await client.query<{ value: string }>('SELECT value FROM public.state');
      expect(after.rows).toEqual(before.rows);
      pairs.push(`${before.rows[0]!.value} ${files}`);
    }
  });
}

describe('a cutover that fails leaves the old state in place and open:', () => {
  afterEach(expectTheOldState);

  it('when the first step cannot be written down', async () => {
    const failure = new Error('the journal is away');
    const onStep = at('swap-databases', async () => {
      throw failure;
    });

    await expect(cutover(staged, { onStep })).rejects.toBe(failure);
  });

  it('when it is cancelled before the databases are swapped', async () => {
    const controller = new AbortController();
    const reason = new Error('cancelled by a person');
    const onStep = at('swap-databases', async () => controller.abort(reason));

    await expect(cutover(staged, { signal: controller.signal, onStep })).rejects.toBe(reason);
  });

  it('when the second step cannot be written down', async () => {
    const onStep = at('exchange-directories', async () => {
      throw new Error('the journal is away');
    });

    await expect(cutover(staged, { onStep })).rejects.toMatchObject({
      code: 'cutover-failed',
      message: expect.stringContaining('the journal is away'),
    });
  });

  it('when the staged directory has disappeared', async () => {
    const elsewhere = `${staged.filestore!.stagedPath}-moved`;
    const onStep = at('exchange-directories', () => rename(staged.filestore!.stagedPath, elsewhere));

    await expect(cutover(staged, { onStep })).rejects.toMatchObject({ code: 'cutover-failed' });
    await rename(elsewhere, staged.filestore!.stagedPath);
  });

  it('when the exchange has happened and failed all the same', async () => {
    const onStep = at('exchange-directories', async () => {
      await exchangeDirectories(staged.filestore!.livePath, staged.filestore!.stagedPath);
      throw new Error('the disk did not take it');
    });

    await expect(cutover(staged, { onStep })).rejects.toMatchObject({ code: 'cutover-failed' });
  });

  it('when the same happens without a database', async () => {
    const { database: _, ...alone } = staged;
    const onStep = at('exchange-directories', async () => {
      await exchangeDirectories(staged.filestore!.livePath, staged.filestore!.stagedPath);
      throw new Error('the disk did not take it');
    });

    await expect(cutover(alone, { onStep })).rejects.toMatchObject({ code: 'cutover-failed' });
  });

  it('when the staged directory is missing from the beginning', async () => {
    const elsewhere = `${staged.filestore!.stagedPath}-moved`;
    await rename(staged.filestore!.stagedPath, elsewhere);

    await expect(cutover(staged, { onStep: unwatched })).rejects.toMatchObject({ code: 'filestore-missing' });
    await rename(elsewhere, staged.filestore!.stagedPath);
  });
});

it('says what is where when it could neither go on nor back, and keeps both states', async () => {
  const { names } = staged.database!;
  const onStep = at('exchange-directories', async () => {
    // The connection that renames is gone, and nobody may open another one to go on with.
    await query(
      inject('postgres'),
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = $1 AND application_name = 'snapback'`,
      [fixture.address.user],
    );
    throw new Error('the journal is away');
  });

  await expect(cutover(staged, { onStep })).rejects.toMatchObject({
    code: 'cutover-incomplete',
    message: expect.stringMatching(new RegExp(`${names.kept}.*${staged.filestore!.stagedPath}`)),
  });

  expect(await fixture.leftovers()).toEqual(expect.arrayContaining([names.kept]));
  expect((await stat(staged.filestore!.stagedPath)).isDirectory()).toBe(true);
  expect((await fixture.now()).rows).toMatch(/not currently accepting connections/);
});
