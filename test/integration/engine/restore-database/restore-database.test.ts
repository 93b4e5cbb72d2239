import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { query } from '../../../harness/database.js';
import { sampleOf } from '../../../harness/thorough.js';
import type { CaptureOptions } from './captured.js';
import { FEATURES_SQL, SUPERUSER_SQL } from './features.sql.js';
import { contentsOf, RestoreDatabaseFixture } from './restore-fixture.js';

let fixture: RestoreDatabaseFixture;

afterEach(async () => fixture.remove());

const SEGMENTS: [string, CaptureOptions][] = [
  ['one segment a table', {}],
  ['segments of two blocks', { blocks: 2 }],
];

describe('a database with one of everything', () => {
  beforeEach(async () => {
    fixture = await RestoreDatabaseFixture.create();
  });

  it.each(sampleOf(SEGMENTS, 1))('in %s is the same after a restore by a superuser', async (_, options) => {
    const { admin, address } = fixture.source;
    await query(admin, FEATURES_SQL);
    await query(admin, SUPERUSER_SQL(address.user));
    const captured = await fixture.capture(options);

    const verified = await fixture.restore(captured, { address: fixture.adminTarget });

    expect(verified).toMatchObject({ tables: captured.survey.tables.size });
    expect(await contentsOf(fixture.adminTarget)).toEqual(await contentsOf(admin));
    expect(await fixture.leftovers()).toEqual([]);
  });

  it.each(sampleOf(SEGMENTS, 1))(
    'in %s is the same after a restore by its owner, who is no superuser',
    async (_, options) => {
      const { admin, address } = fixture.source;
      await query(address, FEATURES_SQL);
      await query(address, 'REVOKE ALL ON app.husband, app.counter FROM CURRENT_USER');
      const captured = await fixture.capture(options);

      await fixture.restore(captured);

      expect(await contentsOf(fixture.adminTarget)).toEqual(await contentsOf(admin));
      expect(await fixture.leftovers()).toEqual([]);
    },
  );
});
