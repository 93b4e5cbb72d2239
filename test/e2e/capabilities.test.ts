import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { rollbackCreate, rollbackPlan, snapshotVerify, snapshotView } from '../../sdk/typescript/generated/sdk.gen.js';
import type { RollbackPlan, VerificationProgress } from '../../sdk/typescript/generated/types.gen.js';
import { watchVerification } from '../../sdk/typescript/streams/watch.js';
import { result } from '../../sdk/typescript/result.js';
import { query } from '../harness/database.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { startTestService } from '../harness/service.js';
import type { TestService } from '../harness/service.js';
import { nothingIsLeft, statesBeside } from './leftovers.js';
import { rollBack, takeSnapshot } from './outcomes.js';

let service: TestService;
let client: Client;
const places: TestEnvironment[] = [];
const OTHER = `other_${process.pid}`;

beforeAll(async () => {
  service = await startTestService();
  client = service.client();
});

afterAll(async () => {
  await nothingIsLeft(places).finally(() => service.stop());
});

type Options = Parameters<typeof createTestEnvironment>[2];

async function createEnvironment(options: Options = {}): Promise<TestEnvironment> {
  const place = await createTestEnvironment(client, service.filestoreRoot, options);
  places.push(place);
  return place;
}

const asAdmin = ({ database }: TestEnvironment, sql: string) => query(database.admin, sql);
const roleOf = ({ database }: TestEnvironment) => `"${database.address.user}"`;

function planOf(place: TestEnvironment, snapshotId: string, targetEnvironmentId?: string): Promise<RollbackPlan> {
  const path = { environmentId: place.environment.id };
  return result(
    rollbackPlan({ client, path, body: { snapshotId, ...(targetEnvironmentId && { targetEnvironmentId }) } }),
  );
}

const codes = (findings: { code: string }[]) => findings.map(({ code }) => code).toSorted();

async function verify(environmentId: string, snapshotId: string): Promise<VerificationProgress | undefined> {
  const path = { environmentId, snapshotId };
  await result(snapshotVerify({ client, path }));
  let last: VerificationProgress | undefined;
  for await (const event of watchVerification(client, path)) last = event;
  return last;
}

/** Things of a role that is none of the environment's. */
async function withOtherRole(place: TestEnvironment, work: () => Promise<void>): Promise<void> {
  await asAdmin(
    place,
    `CREATE ROLE ${OTHER}; CREATE FUNCTION theirs() RETURNS int LANGUAGE sql AS 'SELECT 1'; ALTER FUNCTION theirs OWNER TO ${OTHER}`,
  );
  try {
    await work();
  } finally {
    await asAdmin(place, `DROP OWNED BY ${OTHER} CASCADE; DROP ROLE ${OTHER}`);
  }
}

describe('what the role of an environment cannot do', { timeout: 120_000 }, () => {
  it('is said at the capture, refuses the rollback in the plan, and keeps a verification from building anything', async () => {
    const place = await createEnvironment();
    const { id: environmentId } = place.environment;
    await withOtherRole(place, async () => {
      await asAdmin(
        place,
        `CREATE EXTENSION dblink;
         CREATE FUNCTION watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END'; ALTER FUNCTION watch OWNER TO ${roleOf(place)};
         CREATE EVENT TRIGGER watches ON ddl_command_end EXECUTE FUNCTION watch()`,
      );
      const { id: snapshotId } = await takeSnapshot(client, environmentId);
      const expected = [
        'event-triggers-need-superuser',
        'extension-needs-superuser',
        'object-owner-membership-missing',
      ];

      const { restorability } = await result(snapshotView({ client, path: { environmentId, snapshotId } }));
      expect(restorability?.state).toBe('doubtful');
      expect(new Set(codes(restorability!.findings))).toEqual(new Set(expected));
      expect(restorability!.findings.every(({ blocking }) => blocking)).toBe(true);
      const plan = await planOf(place, snapshotId);
      expect([plan.allowed, new Set(codes(plan.refusals))]).toEqual([false, new Set(expected)]);
      const refused = await rollbackCreate({ client, path: { environmentId }, body: { snapshotId } });
      expect([refused.response?.status, refused.error?.code]).toEqual([409, 'rollback-refused']);
      expect(await verify(environmentId, snapshotId)).toMatchObject({
        outcome: 'inconclusive',
        finding: { code: 'requirements-missing', message: expect.stringContaining('"dblink"') },
      });
      expect(await statesBeside(place)).toEqual([]);

      await asAdmin(place, `ALTER ROLE ${roleOf(place)} SUPERUSER`);
      expect(await planOf(place, snapshotId)).toMatchObject({ allowed: true, refusals: [] });
      await asAdmin(place, 'DROP EVENT TRIGGER watches; DROP EXTENSION dblink');
      const log = await rollBack(client, environmentId, { snapshotId, createSafetySnapshot: false });
      expect([log.status, log.failure]).toEqual(['completed', null]);
      expect(await asAdmin(place, 'SELECT evtname FROM pg_event_trigger')).toEqual([{ evtname: 'watches' }]);
    });
  });

  it('is said in the plan when it was taken from it after the capture, and not of another environment', async () => {
    const place = await createEnvironment();
    const target = await createEnvironment({ project: place.project });
    await withOtherRole(place, async () => {
      await asAdmin(place, `GRANT ${OTHER} TO ${roleOf(place)}`);
      const { id: snapshotId, restorability } = await takeSnapshot(client, place.environment.id);
      expect(restorability?.state).toBe('expected');
      expect((await planOf(place, snapshotId)).allowed).toBe(true);

      await asAdmin(place, `REVOKE ${OTHER} FROM ${roleOf(place)}`);

      expect(codes((await planOf(place, snapshotId)).refusals)).toEqual(['object-owner-membership-missing']);
      expect((await planOf(place, snapshotId, target.environment.id)).refusals).toEqual([]);
    });
  });

  it('says nothing of a snapshot that was taken before it was looked at', async () => {
    const place = await createEnvironment();
    await asAdmin(place, 'CREATE EXTENSION dblink');
    const { id: snapshotId } = await takeSnapshot(client, place.environment.id);
    await query(
      service.database,
      `UPDATE snapshots SET requirements = NULL, database_properties = NULL WHERE id = '${snapshotId}'`,
    );

    const plan = await planOf(place, snapshotId);

    expect([plan.refusals, plan.databaseChanges]).toEqual([[], []]);
    expect(codes(plan.warnings)).toContain('database-properties-stay');
  });
});
