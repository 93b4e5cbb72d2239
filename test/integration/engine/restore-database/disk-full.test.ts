import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { query } from '../../../harness/database.js';
import { SmallDisk } from '../../../harness/small-disk.js';
import { RestoreDatabaseFixture } from './restore-fixture.js';

const disk = await mkdtemp(join(tmpdir(), 'snapback-test-small-disk-'));
/** Of one megabyte, where this user may mount one. */
const mounted = await SmallDisk.mount(disk, 1);

afterAll(async () => {
  await mounted?.unmount();
  await rm(disk, { recursive: true, force: true });
});

describe.skipIf(mounted === undefined)('a temporary directory that is full', () => {
  it('is named, and nothing is left in it', async () => {
    const fixture = await RestoreDatabaseFixture.create();
    await query(fixture.source.address, "SELECT lo_from_bytea(0, decode(repeat('00ff', 1000000), 'hex'))");

    await expect(fixture.restore(await fixture.capture(), { temporaryDirectory: disk })).rejects.toMatchObject({
      code: 'disk-full',
      message: expect.stringContaining(disk),
    });

    expect(await readdir(disk)).toEqual([]);
    await fixture.remove();
  });
});
