import { StandbyEntity } from '../../src/snapshots/standby/standby.entity.js';
import { StandbyOrders } from '../../src/snapshots/standby/standby-orders.js';
import { Standbys } from '../../src/snapshots/standby/standbys.js';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { SnapshotSettingsUpdate } from '../../src/contract/generated/types.gen.js';
import { DeploymentReader } from '../../src/deployments/deployment-reader.js';
import { DeploymentEntity } from '../../src/deployments/deployment.entity.js';
import { DeploymentsService } from '../../src/deployments/deployments.service.js';
import { Announcements } from '../../src/announcements/announcements.js';
import { Gates } from '../../src/deployments/gates.js';
import type { RestoreFinding } from '../../src/engine/postgres/capabilities/restore-finding.js';
import type { CaptureResult } from '../../src/engine/capture/capture.js';
import type { JobQueue } from '../../src/jobs/job-queue.js';
import type { ProgressLog } from '../../src/progress/progress-log.js';
import { learnedFromCheck } from '../../src/snapshots/restorability/learned-from-check.js';
import { recordChecked } from '../../src/snapshots/restorability/record-vault-check.js';
import { SnapshotLifecycle } from '../../src/snapshots/snapshot-lifecycle.js';
import { snapshotEnded } from '../../src/snapshots/snapshot-announcements.js';
import { VerificationLifecycle } from '../../src/snapshots/verification/verification-lifecycle.js';
import type { VerificationEnd } from '../../src/snapshots/verification/verification-lifecycle.js';
import { VerificationReader } from '../../src/snapshots/verification/verification-reader.js';
import { VerificationEntity } from '../../src/snapshots/verification/verification.entity.js';
import { VerificationsService } from '../../src/snapshots/verification/verifications.service.js';
import { Pool } from 'pg';
import { startRegistry, urlOf } from './registry-fixture.js';
import type { Registry } from './registry-fixture.js';
import { addEnvironment } from './retention-fixture.js';

let registry: Registry;
let pool: Pool;
let lifecycle: SnapshotLifecycle;
let verifications: VerificationLifecycle;
let verificationReader: VerificationReader;
let standbys: Standbys;
let gates: Gates;
let deployments: DeploymentsService;
let deploymentReader: DeploymentReader;

/** The service's own state is real; nobody takes up jobs, so that each test says when what ends. */
beforeAll(async () => {
  registry = await startRegistry({ FILESTORE_ROOTS: ['/srv'] });
  const { dataSource, reader, settingsReader, snapshotReader, items } = registry;
  const rowsOfDeployments = dataSource.getRepository(DeploymentEntity);
  pool = new Pool({ connectionString: urlOf(registry.database.address), max: 2 });
  const queue = { enqueue: () => Promise.resolve() } as unknown as JobQueue;
  const progress = { append: () => Promise.resolve(), percentOf: () => Promise.resolve(0) } as unknown as ProgressLog;
  const announcements = new Announcements(['snapshots', 'deployments']);
  lifecycle = new SnapshotLifecycle(dataSource, queue, items, progress, announcements, registry.quotas);
  verificationReader = new VerificationReader(dataSource.getRepository(VerificationEntity));
  standbys = new Standbys(dataSource.getRepository(StandbyEntity));
  verifications = new VerificationLifecycle(dataSource, queue, progress, announcements, standbys);
  const service = new VerificationsService(
    dataSource,
    reader,
    settingsReader,
    snapshotReader,
    verificationReader,
    verifications,
    new StandbyOrders(reader, settingsReader, standbys, verifications, verificationReader),
    registry.quotas,
  );
  announcements.listen('snapshots', snapshotEnded, (manager, snapshot) => service.afterCapture(manager, snapshot));
  gates = new Gates(
    dataSource,
    rowsOfDeployments,
    settingsReader,
    lifecycle,
    announcements,
    verificationReader,
    standbys,
  );
  gates.onModuleInit();
  deploymentReader = new DeploymentReader(rowsOfDeployments, reader);
  deployments = new DeploymentsService(
    ...([dataSource, reader, settingsReader, deploymentReader, lifecycle, announcements, registry.quotas] as const),
  );
});

afterAll(async () => {
  await pool.end();
  await registry.close();
});

const captured = (findings: RestoreFinding[] = []): CaptureResult => ({
  ...{
    databaseBytes: 1,
    filestoreBytes: null,
    fileCount: null,
    storedBytes: 1,
    added: { plainBytes: 1, packedBytes: 1 },
    type: 'full',
    canBeBase: true,
  },
  ...{ readBytes: 1, carriedOverBytes: 0, warnings: [], warningCount: 0, findings },
  ...{ leftOut: null, contentDigest: '', isPublished: true, lockedUntil: null },
});
const finding = (blocking: boolean): RestoreFinding => ({
  code: 'event-trigger',
  message: 'The event trigger audit can only be made by a superuser.',
  blocking,
});

/** An announced deployment whose snapshot has been captured so. */
async function deployed(settings: SnapshotSettingsUpdate, findings?: RestoreFinding[]) {
  const { caller, environment } = await addEnvironment(registry);
  await registry.settings.update(caller, environment.id, settings);
  const { id, snapshotId } = await deployments.announce(caller, environment.id, {}, undefined);
  const kind = { type: 'full', baseSnapshotId: null, stateId: null } as const;
  const { dataSource } = registry;
  const taken = await dataSource.transaction((manager) => lifecycle.take(manager, snapshotId!, kind));
  await lifecycle.complete(snapshotId!, taken!.attempt, captured(findings));
  const look = (): Promise<DeploymentEntity> => deploymentReader.require(caller, id);
  const verified = async (end: VerificationEnd) => {
    const verification = await verificationReader.unfinished(dataSource.manager, snapshotId!);
    await verifications.end(verification!.id, end);
  };
  const timeIsUp = () => gates.expire(new Date(Date.now() + 2 * 3_600_000));
  /** What the service itself has done to the deployment; whoever sets up a test is `system:service`. */
  const audited = () =>
    dataSource.query<object[]>(
      `SELECT operation, actor, before, after FROM audit_entries WHERE subject_id = $1 AND actor_kind = 'system' AND actor <> 'system:service' ORDER BY sequence`,
      [id],
    );
  return { environment, snapshotId: snapshotId!, look, verified, timeIsUp, audited };
}

describe('the gate of a deployment', () => {
  it.each([
    ['closes', 'block', 'closed', /event trigger audit.*is block/],
    ['opens with a warning', 'continue', 'open', /^Warning: .*event trigger audit.*is continue/],
  ] as const)('%s on a snapshot with a blocking finding: %s', async (_, failurePolicy, gate, gateReason) => {
    for (const verify of ['never', 'after_capture'] as const) {
      const { look } = await deployed({ failurePolicy, verify }, [finding(true)]);
      expect(await look()).toMatchObject({ gate, gateReason: expect.stringMatching(gateReason) });
    }
  });

  it('opens with a warning on a snapshot with a finding that does not block', async () => {
    const { look } = await deployed({}, [finding(false)]);
    expect(await look()).toMatchObject({
      gate: 'open',
      gateReason: expect.stringMatching(/^Warning: .*event trigger audit/),
    });
  });

  it('opens when its verification has ended without knowing, and says so', async () => {
    const { look, verified } = await deployed({ verify: 'after_capture' });
    expect(await look()).toMatchObject({
      gate: 'pending',
      gateReason: expect.stringContaining('waiting for its verification'),
    });
    await verified({ outcome: 'inconclusive', finding: { code: 'disk-full', message: 'The disk is full.' } });
    expect(await look()).toMatchObject({ gate: 'open', gateReason: expect.stringMatching(/^Warning: .*disk is full/) });
  });

  it.each(['different', 'damaged', 'failed'] as const)(
    'closes when its verification has ended as %s',
    async (outcome) => {
      const { look, verified } = await deployed({ verify: 'after_capture' });
      await verified({ outcome, finding: { code: 'some-code', message: 'It is not what it was.' } });
      expect(await look()).toMatchObject({
        gate: 'closed',
        gateReason: expect.stringContaining('It is not what it was.'),
      });
    },
  );

  it('opens when its time is up before the verification has ended, with what is known', async () => {
    const { look, timeIsUp, verified, audited } = await deployed({ verify: 'after_capture' });
    await timeIsUp();
    expect(await look()).toMatchObject({
      gate: 'open',
      gateReason: expect.stringContaining('not ended within timeoutSeconds'),
    });
    // What comes after is no longer the gate's business.
    await verified({ outcome: 'different', finding: { code: 'some-code', message: 'It is not what it was.' } });
    expect(await look()).toMatchObject({ gate: 'open' });
    expect(await audited()).toEqual([
      {
        ...{ operation: 'gate.open', actor: 'system:gate-timeout', before: { gate: 'pending', gateReason: null } },
        after: { gate: 'open', gateReason: expect.stringContaining('not ended within timeoutSeconds') },
      },
    ]);
  });

  it('stays closed when a check of the vault has found damage while it waited', async () => {
    for (const how of ['by its verification', 'by time'] as const) {
      const { look, snapshotId, environment, verified, timeIsUp } = await deployed({ verify: 'after_capture' });
      await recordChecked(
        { dataSource: registry.dataSource, announcements: registry.announcements },
        learnedFromCheck({
          project: environment.projectId,
          snapshots: [{ snapshotId, state: 'damaged', reasons: ['A pack is gone.'] }],
          ...{ packs: 1, packsRead: 0, contentsUnread: 0, findings: { damage: 1, garbage: 0, note: 0 } },
        }),
      );
      if (how === 'by time') await timeIsUp();
      else await verified({ outcome: 'inconclusive', finding: { code: 'unavailable', message: 'No answer.' } });
      expect(await look()).toMatchObject({ gate: 'closed', gateReason: expect.stringContaining('A pack is gone.') });
    }
  });

  it('is in the audit when its snapshot was not completed in time, and not when that was', async () => {
    const { caller, environment } = await addEnvironment(registry);
    await registry.settings.update(caller, environment.id, { failurePolicy: 'continue' });
    const { id, snapshotId } = await deployments.announce(caller, environment.id, {}, undefined);
    await gates.expire(new Date(Date.now() + 2 * 3_600_000));
    const told = await registry.dataSource.query<object[]>(
      `SELECT operation, actor, after ->> 'gate' AS gate, after ->> 'status' AS status FROM audit_entries
        WHERE subject_id = ANY ($1) AND actor_kind = 'system' AND actor <> 'system:service' ORDER BY operation`,
      [[id, snapshotId]],
    );
    expect(told).toEqual([
      { operation: 'gate.open', actor: 'system:gate-timeout', gate: 'open', status: null },
      { operation: 'snapshot.fail', actor: 'system:gate-timeout', gate: null, status: 'failed' },
    ]);
    const { look, audited } = await deployed({});
    expect([await look(), await audited()]).toMatchObject([{ gate: 'open' }, []]);
  });

  it('does not wait for ever for a snapshot that is gone', async () => {
    const { look, snapshotId, timeIsUp, audited } = await deployed({ verify: 'after_capture' });
    await registry.dataSource.query('DELETE FROM snapshots WHERE id = $1', [snapshotId]);
    await timeIsUp();
    expect(await look()).toMatchObject({ gate: 'closed', gateReason: expect.stringContaining('was deleted') });
    expect(await audited()).toMatchObject([{ operation: 'gate.close', after: { gate: 'closed' } }]);
  });

  it('takes turns with what is found out about its snapshot', async () => {
    const { look, snapshotId, timeIsUp } = await deployed({ verify: 'after_capture' });
    const client = await pool.connect();
    await client.query('BEGIN');
    await client.query('SELECT FROM snapshots WHERE id = $1 FOR UPDATE', [snapshotId]);
    const deciding = timeIsUp();
    await setTimeout(200);
    const found = JSON.stringify([{ ...finding(true), foundBy: 'verification', refutes: true }]);
    await client.query(
      `UPDATE snapshots SET restorability = 'refuted', restorability_findings = $2::jsonb WHERE id = $1`,
      [snapshotId, found],
    );
    await client.query('COMMIT');
    client.release();
    await deciding;
    expect(await look()).toMatchObject({ gate: 'closed' });
  });
});
