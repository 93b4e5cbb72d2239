import { DataSource } from 'typeorm';
import type { DataSourceOptions } from 'typeorm';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { dataSourceOptions } from '../../src/database/data-source.js';
import { Restorability1764350000000 } from '../../src/database/migrations/1764350000000-restorability.js';
import { createTestDatabase } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { urlOf } from './registry-fixture.js';

const PROJECT = '6f2c1a52-3f0b-4e0e-9d67-0a4b7f6f1c01';
const ENVIRONMENT = '2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02';
const DAMAGE = `{"code": "snapshot-damaged", "message": "A pack is gone."}`;

/** The service's state as it was before, with whatever a snapshot could be. */
let database: TestDatabase;
let dataSource: DataSource;

beforeAll(async () => {
  database = await createTestDatabase();
  const options = dataSourceOptions(urlOf(database.address), 4) as DataSourceOptions & {
    migrations: (new () => object)[];
  };
  const earlier = options.migrations.slice(0, options.migrations.indexOf(Restorability1764350000000));
  const before = await new DataSource({ ...options, migrations: earlier } as DataSourceOptions).initialize();
  await before.runMigrations();
  await before.query(`INSERT INTO projects (id, organization, name) VALUES ('${PROJECT}', 'acme', 'shop')`);
  await before.query(
    `INSERT INTO environments (id, project_id, name, type, filestore_path)
     VALUES ('${ENVIRONMENT}', '${PROJECT}', 'production', 'production', '/srv/shop')`,
  );
  await before.destroy();
  dataSource = await new DataSource(options).initialize();
});

afterAll(async () => {
  await dataSource.destroy();
  await database.drop();
});

interface Before {
  label: string;
  status?: string;
  damage?: boolean;
  verified?: boolean;
  /** Outcomes of its verifications, the oldest first. */
  outcomes?: string[];
}

async function add({ label, status = 'completed', damage, verified, outcomes = [] }: Before): Promise<void> {
  const [{ id }]: [{ id: string }] = await dataSource.query(
    `INSERT INTO snapshots (environment_id, project_id, trigger, status, requested_by, label, damage, verified_at)
     VALUES ($1, $2, 'manual', $3, 'somebody', $4, $5, $6) RETURNING id`,
    [ENVIRONMENT, PROJECT, status, label, damage ? DAMAGE : null, verified ? new Date(1000) : null],
  );
  for (const [n, outcome] of outcomes.entries()) {
    const finding = outcome === 'equal' ? null : { code: outcome, message: `It is ${outcome}.` };
    await dataSource.query(
      `INSERT INTO snapshot_verifications (id, snapshot_id, environment_id, status, outcome, finding, requested_by, created_at)
       VALUES (gen_random_uuid(), $1, $2, 'ended', $3, $4, 'somebody', to_timestamp($5))`,
      [id, ENVIRONMENT, outcome, finding, n],
    );
  }
}

describe('the snapshots of an earlier version', () => {
  it('get the restorability that was known of them, and are counted by it', async () => {
    const snapshots: (Before & { then: [state: string | null, ...codes: string[]] })[] = [
      { label: 'never verified', then: ['expected'] },
      { label: 'equal', verified: true, outcomes: ['different', 'equal'], then: ['proven'] },
      { label: 'equal, then unknown', verified: true, outcomes: ['equal', 'inconclusive'], then: ['proven'] },
      { label: 'unknown', outcomes: ['inconclusive'], then: ['doubtful', 'inconclusive'] },
      { label: 'different', outcomes: ['equal', 'different'], then: ['refuted', 'different'] },
      { label: 'damaged', damage: true, outcomes: ['damaged'], then: ['refuted', 'snapshot-damaged'] },
      {
        label: 'damaged since',
        damage: true,
        verified: true,
        outcomes: ['equal'],
        then: ['refuted', 'snapshot-damaged'],
      },
      { label: 'damaged, then mended', outcomes: ['damaged'], then: ['expected'] },
      { label: 'failed', status: 'failed', then: [null] },
      { label: 'running', status: 'running', then: [null] },
    ];
    for (const snapshot of snapshots) await add(snapshot);
    await dataSource.runMigrations();
    const rows: { label: string; state: string | null; findings: Record<string, unknown>[]; proven: Date | null }[] =
      await dataSource.query(
        `SELECT label, restorability AS state, restorability_findings AS findings, proven_at AS proven FROM snapshots`,
      );
    const found = rows.map(({ label, state, findings }) => [label, [state, ...findings.map(({ code }) => code)]]);
    expect(Object.fromEntries(found)).toEqual(Object.fromEntries(snapshots.map(({ label, then }) => [label, then])));
    const damaged = rows.find(({ label }) => label === 'damaged since');
    expect(damaged?.proven).toEqual(new Date(1000));
    expect(damaged?.findings).toEqual([
      { ...JSON.parse(DAMAGE), blocking: true, refutes: true, foundBy: 'vault-check' },
    ]);
    const counts: { restorability: string; snapshots: string }[] = await dataSource.query(
      'SELECT restorability, sum(snapshots) AS snapshots FROM snapshot_counts GROUP BY 1 ORDER BY 1',
    );
    expect(counts.map(({ restorability, snapshots }) => [restorability, Number(snapshots)])).toEqual([
      ['', 2],
      ['doubtful', 1],
      ['expected', 2],
      ['proven', 2],
      ['refuted', 3],
    ]);
  });

  it('are as they were when an operator goes back', async () => {
    // What came after it, and this one.
    const isApplied = async (): Promise<boolean> =>
      (await dataSource.query("SELECT FROM migrations WHERE name = 'Restorability1764350000000'")).length > 0;
    while (await isApplied()) await dataSource.undoLastMigration();
    const rows: { label: string }[] = await dataSource.query(
      'SELECT label FROM snapshots WHERE damage IS NOT NULL ORDER BY label',
    );
    expect(rows.map(({ label }) => label)).toEqual(['damaged', 'damaged since']);
    const counted = 'SELECT sum(snapshots)::int AS all FROM snapshot_counts';
    await dataSource.query(`DELETE FROM snapshots WHERE label = 'failed'`);
    expect(await dataSource.query(counted)).toEqual([{ all: 9 }]);
  });
});
