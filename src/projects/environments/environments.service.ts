import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import { randomUUID } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { DataSource, MoreThan } from 'typeorm';
import type { EntityManager, Repository } from 'typeorm';
import { audited } from '../../audit/audited.js';
import { seesProject } from '../../auth/caller.js';
import type { Caller } from '../../auth/caller.js';
import type {
  DatabaseInputWritable,
  EnvironmentCreateWritable,
  EnvironmentUpdateWritable,
} from '../../contract/generated/types.gen.js';
import { requireMatch } from '../../contract/entity-tag.js';
import { isForeignKeyViolation, isUniqueViolation } from '../../database/constraint-violation.js';
import { countUpTo } from '../../database/count-up-to.js';
import { ListOrder } from '../../database/page.js';
import type { Page, PageQuery } from '../../database/page.js';
import { errors } from '../../errors/catalogue.js';
import type { Problem } from '../../errors/problem.js';
import { EnvironmentChecks } from './environment-checks.js';
import type { Parts, Prospect, TakenPlace } from './environment-checks.js';
import { toEnvironmentDto, toExclusion } from './environment.dto.js';
import { EnvironmentEntity } from './environment.entity.js';
import { EnvironmentReader } from './environment-reader.js';
import {
  DoFirst,
  environmentChange,
  environmentRemoval,
  provision,
  provisionCheck,
  provisionRemoval,
} from './environment-announcements.js';
import { Announcements } from '../../announcements/announcements.js';
import { nextDatabase } from './next-connections.js';
import { nextHook } from './next-connections.js';
import { PlaceProofKeeper } from '../places/place-proofs.js';
import type { PlaceProofs } from '../places/place-proofs.js';
import { SecretBox } from '../connections/secret-box.js';
import { Quotas } from '../../quotas/quotas.js';

/** What can be changed, as it is stored. */
type Changes = Partial<
  Omit<EnvironmentEntity, 'id' | 'projectId' | 'project' | 'cutoverBy' | 'createdAt' | 'updatedAt'>
>;

/** Changes to these may not happen under a running operation. */
const WATCHED = [
  'database',
  'databasePassword',
  'filestorePath',
  'type',
  'neutralizeSql',
  'neutralizePaths',
  'pool',
] as const;
/** What a check has looked at. */
const CHECKED = ['database', 'databasePassword', 'filestorePath', 'pool'] as const;

/** A name is taken once in a project. */
const byName = new ListOrder<EnvironmentEntity>('environment-name', ['text'], ({ name }) => [name]);

const NOTHING_PROVEN: PlaceProofs = { provenDatabase: null, provenFilestore: null };

/** Environments, as far as the caller's token reaches. */
@Injectable()
export class EnvironmentsService {
  constructor(
    private readonly dataSource: DataSource,
    @InjectRepository(EnvironmentEntity) private readonly environments: Repository<EnvironmentEntity>,
    private readonly reader: EnvironmentReader,
    private readonly checks: EnvironmentChecks,
    private readonly announcements: Announcements,
    private readonly box: SecretBox,
    private readonly proofs: PlaceProofKeeper,
    private readonly quotas: Quotas,
  ) {}

  /** By name. Throws `not-found`, and `validation-failed` for a cursor of another list. */
  async list(caller: Caller, projectId: string, query: PageQuery): Promise<Page<EnvironmentEntity>> {
    await this.reader.requireProject(caller, projectId);
    const bounds = byName.bounds(query);
    const { limit, offset, after } = bounds;
    const [rows, total] = await Promise.all([
      this.environments.find({
        where: { projectId, ...(after === null ? {} : { name: MoreThan(String(after[0])) }) },
        order: { name: 'ASC' },
        take: limit + 1,
        skip: offset,
      }),
      countUpTo(this.environments.createQueryBuilder().where({ projectId })),
    ]);
    return byName.page(rows, total, bounds);
  }

  /**
   * Throws `not-found`, `name-taken`, `place-taken`, `quota-environments-reached`, or `validation-failed` when it may not be used or, with `check`, cannot
   * be.
   */
  async create(
    caller: Caller,
    projectId: string,
    body: EnvironmentCreateWritable,
    check: boolean,
  ): Promise<EnvironmentEntity> {
    await this.reader.requireProject(caller, projectId);
    // Known before the row is there, because its password is sealed under it.
    const id = randomUUID();
    const row = {
      id,
      projectId,
      name: body.name,
      type: body.type,
      labels: body.labels ?? {},
      ...this.databaseChanges({ id, database: null, databasePassword: null }, body.database ?? null),
      filestorePath: body.filestorePath ?? null,
      pool: body.pool ?? 'default',
      neutralizeSql: body.neutralizeSql ?? null,
      neutralizePaths: body.neutralizePaths ?? null,
      exclude: body.exclude ? toExclusion(body.exclude) : null,
      onUnreadableFile: body.onUnreadableFile ?? 'fail',
      allowUnneutralized: body.allowUnneutralized ?? false,
      ...this.hookChanges(id, { beforeCutover: body.beforeCutover ?? null, afterCutover: body.afterCutover ?? null }),
      provisionedFrom: body.from ? { snapshotId: body.from.snapshotId, deploymentId: null } : null,
    };
    const parts = { database: row.database !== null, filestore: row.filestorePath !== null };
    if (!parts.database && !parts.filestore)
      throw errors.validationFailed([{ field: 'body', message: 'must have database or filestorePath' }]);
    this.checks.refuseForbidden(row, parts, caller.organization);
    this.checks.refuseBrokenHooks(body);
    this.checks.refuseBrokenExclusion(row.exclude);
    const provisioned = await this.provisioning(caller, row);
    const isThere = check && provisioned === null;
    if (isThere) await this.checks.refuseUnreachable(row, parts);
    const taken = isThere ? await this.findTaken(this.environments.manager, caller, row, parts, true) : null;
    const proofs = isThere ? await this.proofs.look(row) : NOTHING_PROVEN;
    await this.dataSource
      .transaction(async (manager) => {
        await this.quotas.admitEnvironment(manager, caller.organization);
        await lockPlaces(manager, caller.organization);
        await manager.insert(EnvironmentEntity, { ...row, ...proofs });
        const other = taken ?? (await this.findTaken(manager, caller, row, parts, false));
        if (other !== null) throw placeTaken(caller, other);
        const made = await manager.findOneByOrFail(EnvironmentEntity, { id });
        audited(manager, { ...about(made), after: toEnvironmentDto(made) });
      })
      .catch((error: unknown) => {
        if (isForeignKeyViolation(error)) throw errors.notFound('project', projectId);
        throw isUniqueViolation(error) ? errors.nameTaken('environment', row.name) : error;
      });
    await provisioned?.();
    return this.reader.requireInProject(caller, projectId, id);
  }

  /** Null where its places are there. Refuses what cannot be made, and resolves to what makes it once its row is there. */
  private async provisioning(
    caller: Caller,
    row: Prospect & Pick<EnvironmentEntity, 'provisionedFrom'>,
  ): Promise<(() => Promise<void>) | null> {
    if (row.provisionedFrom === null) return null;
    if (!caller.permissions.has('rollbacks:write')) throw errors.permissionMissing('rollbacks:write');
    const { snapshotId } = row.provisionedFrom;
    await this.announcements.ask(provisionCheck, { caller, environment: row as EnvironmentEntity, snapshotId });
    return async () => {
      const environment = await this.reader.requireInProject(caller, row.projectId, row.id);
      const deploymentId = await this.announcements.ask(provision, { caller, environment, snapshotId });
      const proofs = await this.proofs.look(environment);
      await this.environments.update({ id: row.id }, { provisionedFrom: { snapshotId, deploymentId }, ...proofs });
    };
  }

  /**
   * Changes what is given. Throws as `create` does, `environment-busy` under a running operation, and `precondition-failed` when
   * it is not what `ifMatch` names.
   */
  async update(
    caller: Caller,
    projectId: string,
    environmentId: string,
    body: EnvironmentUpdateWritable,
    { check, ifMatch }: { check: boolean; ifMatch?: string },
  ): Promise<EnvironmentEntity> {
    for (;;) {
      const before = await this.reader.requireInProject(caller, projectId, environmentId);
      requireMatch(ifMatch, 'environment', toEnvironmentDto(before));
      const changes = this.changesOf(before, body);
      const prospect = { ...before, ...changes };
      const parts = { database: Boolean(body.database), filestore: Boolean(body.filestorePath) };
      this.checks.refuseForbidden(prospect, parts, caller.organization);
      this.checks.refuseBrokenHooks(body);
      this.checks.refuseBrokenExclusion(changes.exclude ?? null);
      if (check && (parts.database || parts.filestore)) await this.checks.refuseUnreachable(prospect, parts);
      const moved = movedParts(before, prospect);
      const taken = check ? await this.findTaken(this.environments.manager, caller, prospect, moved, true) : null;
      const proofs = await this.proofsOf(prospect, moved, check);
      // What is at another place was made by somebody else.
      if (moved.database || moved.filestore) changes.provisionedFrom = null;
      const updated = await this.transaction(async (manager) => {
        if (moved.database || moved.filestore) await lockPlaces(manager, caller.organization);
        const stored = await this.store(manager, before, { ...changes, ...proofs }, ifMatch);
        if (stored === null) return null;
        const other = taken ?? (await this.findTaken(manager, caller, prospect, moved, false));
        if (other !== null) throw placeTaken(caller, other);
        const secrets = changedSecrets(stored.before, stored.now);
        const after = { ...toEnvironmentDto(stored.now), ...secrets };
        audited(manager, { ...about(stored.now), before: toEnvironmentDto(stored.before), after });
        return stored.now;
      }).catch((error: unknown) => {
        throw isUniqueViolation(error) ? errors.nameTaken('environment', prospect.name) : error;
      });
      // Somebody else changed the connection while it was checked: what was checked is not what would
      // be stored. Their change is done, so trying again gets further each time.
      if (updated !== null) return updated;
    }
  }

  /** Throws `not-found`, `precondition-failed`, or what a listener of `environmentRemoval` refuses it with. */
  async delete(
    caller: Caller,
    projectId: string,
    environmentId: string,
    {
      deleteSnapshots,
      deleteData = false,
      ifMatch,
    }: { deleteSnapshots: boolean; deleteData?: boolean; ifMatch?: string },
  ): Promise<void> {
    const { provisionedFrom } = await this.reader.requireInProject(caller, projectId, environmentId);
    if (deleteData && provisionedFrom === null)
      throw errors.operationRefused(
        'Snapback has not made the database and the directory of this environment; delete it without data=delete, and remove them yourself.',
      );
    let dataIsThere = deleteData;
    await this.transaction(async (manager) => {
      const environment = await this.reader.lock(manager, environmentId);
      requireMatch(ifMatch, 'environment', toEnvironmentDto(environment));
      await this.announcements.announce(manager, environmentRemoval, { environment, deleteSnapshots, caller });
      // Last, when nothing is in the way any more.
      if (dataIsThere)
        throw new DoFirst(async () => {
          await this.announcements.ask(provisionRemoval, environment);
          dataIsThere = false;
        });
      await manager.delete(EnvironmentEntity, { id: environmentId });
      const deleted = { ...(deleteSnapshots && { snapshots: 'deleted' }), ...(deleteData && { data: 'deleted' }) };
      const gone = { ...toEnvironmentDto(environment), ...deleted };
      audited(manager, { ...about(environment), before: gone });
    });
  }

  /** What a listener wants done first is done outside, and the whole tried again, until none wants anything more. */
  private async transaction<T>(work: (manager: EntityManager) => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await this.dataSource.transaction(work);
      } catch (error) {
        if (!(error instanceof DoFirst)) throw error;
        await error.work();
      }
    }
  }

  private async findTaken(
    manager: EntityManager,
    { organization }: Caller,
    prospect: Prospect,
    parts: Parts,
    look: boolean,
  ): Promise<TakenPlace | null> {
    return this.checks.findTaken(manager, prospect, parts, { organization, look });
  }

  /** What was proven of a place that it has left is not proven of the next one. */
  private async proofsOf(prospect: EnvironmentEntity, moved: Parts, check: boolean): Promise<Partial<PlaceProofs>> {
    if (!moved.database && !moved.filestore) return {};
    const { provenDatabase, provenFilestore } = check ? await this.proofs.look(prospect) : NOTHING_PROVEN;
    return { ...(moved.database && { provenDatabase }), ...(moved.filestore && { provenFilestore }) };
  }

  private async store(
    manager: EntityManager,
    before: EnvironmentEntity,
    changes: Changes,
    ifMatch: string | undefined,
  ): Promise<{ before: EnvironmentEntity; now: EnvironmentEntity } | null> {
    const now = await this.reader.lock(manager, before.id);
    requireMatch(ifMatch, 'environment', toEnvironmentDto(now));
    if (differ(before, now, CHECKED)) return null;
    const prospect = { ...now, ...changes };
    if (differ(now, prospect, WATCHED))
      await this.announcements.announce(manager, environmentChange, { environment: now, prospect });
    await manager.update(EnvironmentEntity, { id: before.id }, { ...changes, updatedAt: () => 'now()' });
    return { before: now, now: await manager.findOneByOrFail(EnvironmentEntity, { id: before.id }) };
  }

  private changesOf(before: EnvironmentEntity, body: EnvironmentUpdateWritable): Changes {
    const { database, beforeCutover, afterCutover, exclude, ...rest } = body;
    return {
      ...rest,
      ...(exclude === undefined ? {} : { exclude: exclude && toExclusion(exclude) }),
      ...(database === undefined ? {} : this.databaseChanges(before, database)),
      ...this.hookChanges(before.id, { beforeCutover, afterCutover }),
    };
  }

  private hookChanges(
    id: string,
    { beforeCutover, afterCutover }: Pick<EnvironmentUpdateWritable, 'beforeCutover' | 'afterCutover'>,
  ): Changes {
    const before = beforeCutover === undefined ? undefined : nextHook(beforeCutover, this.box, id);
    const after = afterCutover === undefined ? undefined : nextHook(afterCutover, this.box, id);
    return {
      ...(before && { beforeCutover: before.hook, beforeCutoverHeaders: before.headers }),
      ...(after && { afterCutover: after.hook, afterCutoverHeaders: after.headers }),
    };
  }

  private databaseChanges(
    stored: Pick<EnvironmentEntity, 'id' | 'database' | 'databasePassword'>,
    input: DatabaseInputWritable | null,
  ): Pick<EnvironmentEntity, 'database' | 'databasePassword'> {
    const { database, password } = nextDatabase(stored.database, input);
    if (password === 'keep') return { database, databasePassword: stored.databasePassword };
    if (password === 'drop') return { database, databasePassword: null };
    if (this.box.holds(stored.databasePassword, stored.id, password.replaceBy)) {
      // Sealed anew it would look like another one, and no change could be told from a change.
      return { database, databasePassword: stored.databasePassword };
    }
    return { database, databasePassword: this.box.seal(password.replaceBy, stored.id) };
  }
}

function about({ id, projectId }: EnvironmentEntity) {
  return { subject: ['environment', id] as const, projectId, environmentId: id };
}

/** That a secret was changed is for the audit; what it was, and is, is not. */
function changedSecrets(before: EnvironmentEntity, now: EnvironmentEntity): Record<string, true> {
  return {
    ...(differ(before, now, ['databasePassword']) && { passwordChanged: true }),
    ...(differ(before, now, ['beforeCutoverHeaders', 'afterCutoverHeaders']) && { hookHeadersChanged: true }),
  };
}

/** The other one is named only to who may see it. */
function placeTaken(caller: Caller, { what, by }: TakenPlace): Problem {
  return errors.placeTaken(what, seesProject(caller, by.projectId) ? by : undefined);
}

function differ<Key extends keyof EnvironmentEntity>(
  one: Pick<EnvironmentEntity, Key>,
  other: Pick<EnvironmentEntity, Key>,
  keys: readonly Key[],
): boolean {
  return keys.some((key) => !isDeepStrictEqual(one[key], other[key]));
}

/** Which parts are to be at another place than before: what two environments have shared since earlier is left to the plan. */
function movedParts(before: EnvironmentEntity, prospect: EnvironmentEntity): Parts {
  const otherMachines = before.pool !== prospect.pool;
  return {
    database: otherMachines || !isDeepStrictEqual(placeOf(before.database), placeOf(prospect.database)),
    filestore: otherMachines || before.filestorePath !== prospect.filestorePath,
  };
}

/** A connection without what only says how to log in. */
function placeOf(database: EnvironmentEntity['database']): unknown {
  if (database === null || !('host' in database)) return database;
  const { host, port, database: name } = database;
  return { host, port, name };
}

/** Until the transaction ends nobody else registers a place in the organization: of two at once one finds the other. */
async function lockPlaces(manager: EntityManager, organization: string): Promise<void> {
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`places:${organization}`]);
}
