import { expect, it } from 'vitest';
import { query } from '../../../harness/database.js';
import { sampleOf } from '../../../harness/thorough.js';
import { contentsOf, RestoreDatabaseFixture } from './restore-fixture.js';

it.each(
  sampleOf(
    [
      ['LATIN1', 'tété', 'Zoë'],
      ['EUC_JP', '表', '日本語'],
      ['SQL_ASCII', 't', 'x'],
    ],
    1,
  ),
)('restores a database in %s as it was', async (encoding, name, text) => {
  const fixture = await RestoreDatabaseFixture.create({ database: `ENCODING '${encoding}' LOCALE 'C'` });
  try {
    await query(
      fixture.source.admin,
      `CREATE TABLE "${name}" ("${name} id" int PRIMARY KEY, t text UNIQUE);
       INSERT INTO "${name}" VALUES (1, '${text}'), (2, E'\\t')`,
    );

    await fixture.restore(await fixture.capture(), { address: fixture.adminTarget });

    expect(await contentsOf(fixture.adminTarget)).toEqual(await contentsOf(fixture.source.admin));
  } finally {
    await fixture.remove();
  }
});
