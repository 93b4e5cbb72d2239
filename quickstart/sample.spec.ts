import { hash } from 'node:crypto';
import { chmod, mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedPostgres, startEmbeddedPostgres } from '../src/database/embedded/embedded-postgres.js';
import { runDestructiveDeployment } from './destructive-deployment.js';
import { compareFingerprints, MAX_SENTENCES } from './fingerprint/compare.js';
import { fingerprintEnvironment } from './fingerprint/fingerprint.js';
import { createSampleEnvironment, type SampleEnvironment } from './sample/create-sample-environment.js';
import { SAMPLE_SIZES } from './sample/scale.js';

describe('the sample ERP', () => {
  let directory: string;
  let postgres: EmbeddedPostgres;
  let filestorePath: string;
  let sample: SampleEnvironment;

  beforeAll(async () => {
    directory = await realpath(await mkdtemp(join(tmpdir(), 'snapback-sample-')));
    await chmod(directory, 0o755);
    postgres = await startEmbeddedPostgres({ dataDir: join(directory, 'postgres') });
    filestorePath = join(directory, 'filestore');
    sample = await create();
  });

  afterAll(async () => {
    await postgres.stop();
    await rm(directory, { recursive: true, force: true });
  });

  function create(): Promise<SampleEnvironment> {
    return createSampleEnvironment({
      adminUrl: postgres.url,
      database: 'erp production',
      role: 'erp',
      password: `odd/%: p@ss'word`,
      filestorePath,
      type: 'production',
      scale: 'tiny',
    });
  }

  async function query(sql: string): Promise<Record<string, unknown>[]> {
    const client = new Client({ connectionString: sample.url });
    await client.connect();
    return client
      .query<Record<string, unknown>>(sql)
      .then(({ rows }) => rows)
      .finally(() => client.end());
  }

  function fingerprint() {
    return fingerprintEnvironment({ url: sample.url, filestorePath });
  }

  it('has as many rows and files as it says', async () => {
    const [counts] = await query(`SELECT (SELECT count(*) FROM customers)::int AS customers,
      (SELECT count(*) FROM orders)::int AS orders, (SELECT count(DISTINCT sha256) FROM attachments)::int AS files`);

    expect(counts).toEqual(SAMPLE_SIZES.tiny);
    expect(sample.fileCount).toBe(SAMPLE_SIZES.tiny.files);
  });

  it('has a file of the right hash and size for every attachment', async () => {
    const attachments = await query('SELECT path, sha256, bytes FROM attachments');

    for (const { path, sha256, bytes } of attachments) {
      const content = await readFile(join(filestorePath, String(path)));
      expect({ path, sha256: hash('sha256', content), bytes: content.length }).toEqual({ path, sha256, bytes });
    }
  });

  it('has orders that are the sum of their lines, in every status', async () => {
    const wrong = await query(`SELECT orders.id FROM orders JOIN order_lines ON order_id = orders.id GROUP BY orders.id
      HAVING total <> sum(round(quantity * unit_price * (1 - discount_percent / 100), 2))`);

    expect(wrong).toEqual([]);
    expect(await query('SELECT DISTINCT status FROM orders')).toHaveLength(5);
  });

  it('takes the next row where its sequences stand', async () => {
    const next = `SELECT nextval('orders_id_seq')::int - max(id) AS id, nextval('order_number_seq')::int - max(substr(number, 3)::int) AS number FROM orders`;

    expect(await query(next)).toEqual([{ id: 1, number: 1 }]);
  });

  it('belongs to a role that may create databases and is no superuser', async () => {
    expect(await query('SELECT rolcreatedb, rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([
      { rolcreatedb: true, rolsuper: false },
    ]);
  });

  it('is the same again when it is created again, whatever has happened to it', async () => {
    await create();
    const first = await fingerprint();
    await runDestructiveDeployment({ url: sample.url, filestorePath });

    await create();

    expect(compareFingerprints(first, await fingerprint())).toEqual([]);
  });

  it('is hurt by the destructive deployment in every way it says', async () => {
    await create();
    const before = await fingerprint();

    const deeds = await runDestructiveDeployment({ url: sample.url, filestorePath });

    const differences = compareFingerprints(before, await fingerprint());
    expect(deeds.join('\n')).not.toMatch(/ 0 (?:orders|order lines|customers|files)/);
    expect(differences).toHaveLength(MAX_SENTENCES + 1);
    expect(differences).toContain('The table public.attachments is missing.');
    expect(differences).toContain('The table public.customers had 150 rows and has 175.');
    expect(differences.at(-1)).toMatch(/^There are \d+ more differences\.$/);
  });
});
