import { dirname, join } from 'node:path';
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Contract } from '../../src/contract/contract.js';
import type { Operation } from '../../src/contract/operation.js';
import type { EnvironmentCreate } from '../../src/contract/generated/types.gen.js';
import type { Ask } from './ask.js';
import { plantExport } from './planted-export.js';
import { plantItemRestore } from './planted-item-restore.js';
import { plantOperation } from './planted-operation.js';
import type { World } from './world.js';

/** A request that the service carries out; the path is filled in. */
export interface WorkingRequest {
  path: string;
  query: Record<string, string>;
  body: unknown;
}

type Changes = Partial<WorkingRequest> & { ids?: Record<string, string> };

/** A pool whose workers do not exist: what is queued for it stays queued. */
export const NO_WORKERS = 'nobody';

/**
 * For each operation of the contract, a request it answers with 2xx, as often as it is asked for.
 * Ids are those of a world, bodies the examples of the contract, made to fit where they meet the
 * world. An operation that uses up what it works on gets something new each time.
 */
export class WorkingRequests {
  private made = 0;

  constructor(
    private readonly contract: Contract,
    private readonly world: World,
    /** As somebody who may do everything in the world. */
    private readonly ask: Ask,
  ) {}

  async for(operation: Operation): Promise<WorkingRequest> {
    const { ids = {}, ...changes } = (await this.special[operation.id]?.()) ?? {};
    return {
      path: pathOf(operation, { ...idsIn(this.world, operation), ...ids }),
      query: {},
      body: operation.body === null ? undefined : this.contract.schemas.resolve(operation.body.schema).example,
      ...changes,
    };
  }

  private readonly special: Record<string, () => Promise<Changes>> = {
    projectCreate: async () => ({ body: { name: this.name(), description: 'The shop' } }),
    projectUpdate: async () => ({ body: { name: this.name(), description: 'The shop' } }),
    projectDelete: async () => ({ ids: { projectId: await this.newProject() } }),
    environmentCreate: async () => {
      const projectId = await this.newSpareProject();
      return { ids: { projectId }, body: this.reachable(), query: { check: 'false' } };
    },
    environmentUpdate: async () => {
      const projectId = await this.newSpareProject();
      const environmentId = await this.newEnvironment(projectId);
      return { ids: { projectId, environmentId }, body: this.reachable(), query: { check: 'false' } };
    },
    environmentDelete: async () => ({ ids: { environmentId: await this.newEnvironment() } }),
    // Of the last two one needs the other; and without a number to keep the days could not be 0.
    settingsUpdate: async () => ({
      body: { retentionDays: 60, keepLast: 1, standby: 'pre_deploy', gateRequires: 'captured' },
    }),
    snapshotPin: async () => ({
      body: { reason: 'audit', expiresAt: new Date(Date.now() + 86_400_000).toISOString() },
    }),
    ...Object.fromEntries(
      ['Compare', 'DefinitionChangeList', 'TableChangeList', 'FileChangeList'].map((what) => [
        `snapshot${what}`,
        async () => ({ query: { with: this.world.snapshotId } }),
      ]),
    ),
    snapshotFileList: async () => ({ query: { path: 'sub' } }),
    snapshotFileView: async () => ({ query: { path: 'a.txt' } }),
    // Of production it takes more than one permission.
    snapshotFileDownload: async () => ({ ids: await this.stagedSnapshot(), query: { path: 'a.txt' } }),
    restoreItems: async () => ({
      body: { files: [{ path: 'a.txt' }], place: 'beside', tables: [{ schema: 'public', name: 'items' }] },
    }),
    // Of production it takes more than one permission.
    snapshotExport: async () => ({ ids: await this.stagedSnapshot() }),
    snapshotExportDownload: async () => {
      const { state, directory } = this.world;
      const ids = await this.stagedSnapshot();
      const from = { environmentId: ids['environmentId']!, snapshotId: ids['snapshotId']! };
      return { ids: { ...ids, exportId: await plantExport(state, directory, from) } };
    },
    snapshotExportDelete: async () => {
      const { state, directory, environment, snapshotId } = this.world;
      return { ids: { exportId: await plantExport(state, directory, { environmentId: environment.id, snapshotId }) } };
    },
    itemRestoreUndo: async () => {
      const { state, environment, snapshotId } = this.world;
      return { ids: { itemRestoreId: await plantItemRestore(state, { environmentId: environment.id, snapshotId }) } };
    },
    snapshotCreate: async () => ({ ids: { environmentId: await this.aside() } }),
    snapshotCancel: async () => ({ ids: await this.queuedSnapshot() }),
    snapshotVerifyProgress: async () => {
      const { environment, snapshotId } = this.world;
      await this.ask('POST', `/api/v1/environments/${environment.id}/snapshots/${snapshotId}/verify`);
      return {};
    },
    snapshotDelete: async () => ({ ids: await this.cancelledSnapshot() }),
    rollbackCreate: async () => ({ body: this.rollback(await this.newEnvironment()) }),
    rollbackCancel: async () => ({ ids: { deploymentId: await this.queuedRollback() } }),
    operationRetry: async () => ({ ids: { operationId: await this.hanging('left-over') } }),
    operationConfirm: async () => ({ ids: { operationId: await this.hanging('retention') } }),
    operationGiveUp: async () => ({ ids: { operationId: await this.hanging('left-over') } }),
    // A project has only so many.
    webhookCreate: async () => ({ ids: { projectId: await this.newProject() } }),
    webhookDelete: async () => ({ ids: { webhookId: await this.newWebhook() } }),
    rollbackPlan: async () => ({ body: this.rollback(this.world.environment.id) }),
    deploymentCreate: async () => ({ ids: { environmentId: await this.aside() } }),
    deploymentFinish: async () => ({
      ids: { deploymentId: await this.newDeployment() },
      body: { outcome: 'failed', rollbackOnFailure: false },
    }),
  };

  /** An environment as in the contract's example, at places of its own where nothing is. */
  private environment(): { name: string; database: object; filestorePath: string; pool: string } {
    const { schemas } = this.contract;
    const example = schemas.resolve({ $ref: '#/components/schemas/EnvironmentCreate' }).example as EnvironmentCreate;
    const name = this.name();
    const database = { ...example.database, database: name };
    return {
      ...example,
      name,
      database,
      filestorePath: join(dirname(this.world.filestorePath), name),
      pool: NO_WORKERS,
    };
  }

  /** The same at a place beside the world's, which can be looked at, and which nobody else has. */
  private reachable(): object {
    const { database, filestorePath } = this.world;
    const spare = `${filestorePath}-spare`;
    mkdirSync(spare, { recursive: true });
    const address = { kind: 'connection', ...database.address, database: 'postgres' };
    return { ...this.environment(), database: address, filestorePath: spare, pool: 'default' };
  }

  private spareProject: string | undefined;

  /** For one environment at that place; what is at it still goes first. */
  private async newSpareProject(): Promise<string> {
    const before = this.spareProject;
    this.spareProject = await this.newProject();
    if (before === undefined) return this.spareProject;
    const { body } = await this.ask('GET', `/api/v1/projects/${before}/environments`);
    for (const { id } of (body as { items: { id: string }[] }).items) {
      await this.ask('DELETE', `/api/v1/projects/${before}/environments/${id}?snapshots=delete`);
    }
    return this.spareProject;
  }

  private rollback(targetEnvironmentId: string): unknown {
    return { snapshotId: this.world.snapshotId, createSafetySnapshot: true, targetEnvironmentId };
  }

  private name(): string {
    this.made += 1;
    return `made ${this.made} ${randomUUID().slice(0, 8)}`;
  }

  private async newProject(): Promise<string> {
    return this.create('/api/v1/projects', { name: this.name() });
  }

  /** In the world's project unless told. Its places do not exist, and no worker looks for them. */
  private async newEnvironment(projectId = this.world.project.id): Promise<string> {
    return this.create(`/api/v1/projects/${projectId}/environments?check=false`, this.environment());
  }

  private theOtherOne: Promise<string> | undefined;

  /** An environment in which nothing ever happens, so that nothing is in the way either. */
  private aside(): Promise<string> {
    this.theOtherOne ??= this.newEnvironment().then(async (id) => {
      await this.ask('PATCH', `/api/v1/environments/${id}/snapshot-settings`, { json: { autoEnabled: false } });
      return id;
    });
    return this.theOtherOne;
  }

  private staged: Promise<Record<string, string>> | undefined;

  /** A completed one of another environment than production. */
  private stagedSnapshot(): Promise<Record<string, string>> {
    return (this.staged ??= this.takeStagedSnapshot());
  }

  private async takeStagedSnapshot(): Promise<Record<string, string>> {
    const filestorePath = `${this.world.filestorePath}-staging`;
    mkdirSync(filestorePath, { recursive: true });
    writeFileSync(join(filestorePath, 'a.txt'), 'alpha');
    const body = { name: this.name(), type: 'staging', filestorePath };
    const environmentId = await this.create(`/api/v1/projects/${this.world.project.id}/environments`, body);
    const snapshots = `/api/v1/environments/${environmentId}/snapshots`;
    const snapshotId = await this.create(snapshots, {});
    for (let status = ''; status !== 'completed'; await pause(50)) {
      ({ status } = (await this.ask('GET', `${snapshots}/${snapshotId}`)).body as { status: string });
      if (status === 'failed') throw new Error('The snapshot of another environment than production has failed.');
    }
    return { environmentId, snapshotId };
  }

  private async queuedSnapshot(): Promise<Record<string, string>> {
    const environmentId = await this.aside();
    return { environmentId, snapshotId: await this.create(`/api/v1/environments/${environmentId}/snapshots`, {}) };
  }

  private async cancelledSnapshot(): Promise<Record<string, string>> {
    const ids = await this.queuedSnapshot();
    await this.ask('POST', `/api/v1/environments/${ids.environmentId}/snapshots/${ids.snapshotId}/cancel`);
    return ids;
  }

  private async newDeployment(): Promise<string> {
    return this.create(`/api/v1/environments/${await this.aside()}/deployments`, {});
  }

  private async newWebhook(): Promise<string> {
    const body = { url: 'https://hooks.example.com/', events: ['snapshot.failed'] };
    return this.create(`/api/v1/projects/${await this.newProject()}/webhooks`, body);
  }

  private async queuedRollback(): Promise<string> {
    const path = `/api/v1/environments/${this.world.environment.id}/rollback`;
    const { status, body } = await this.ask('POST', path, { json: this.rollback(await this.newEnvironment()) });
    if (status !== 202) throw new Error(`POST ${path} was answered with ${status} ${JSON.stringify(body)}`);
    return (body as { deploymentId: string }).deploymentId;
  }

  private hanging(kind: 'left-over' | 'retention'): Promise<string> {
    const { state, project, environment } = this.world;
    return plantOperation(state, { projectId: project.id, environmentId: environment.id }, kind);
  }

  private async create(path: string, json: unknown): Promise<string> {
    const { status, body } = await this.ask('POST', path, { json });
    if (status >= 300) throw new Error(`POST ${path} was answered with ${status} ${JSON.stringify(body)}`);
    return (body as { id: string }).id;
  }
}

/** The world's ids for the parameters in an operation's path. */
export function idsIn(world: World, { path }: Operation): Record<string, string> {
  const { project, environment, snapshotId, deployment, rollbackId } = world;
  const { operationId, webhookId, deliveryId, itemRestoreId, exportId } = world;
  const deploymentId = path.includes('{deploymentId}/rollback') ? rollbackId : deployment.id;
  const given = { snapshotId, deploymentId, operationId, webhookId, deliveryId, itemRestoreId, exportId };
  return { projectId: project.id, environmentId: environment.id, ...given };
}

/** The names of the ids in an operation's path, in their order. */
export function idNames({ path }: Operation): string[] {
  return [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
}

/** The path of an operation with these ids in it. Throws for one that is not among them: a new kind needs a place in `idsIn`. */
export function pathOf({ id, path }: Operation, ids: Readonly<Record<string, string>>): string {
  return path.replaceAll(/\{(\w+)\}/g, (_, name: string) => {
    const value = ids[name];
    if (value === undefined) throw new Error(`Nobody has said which ${name} ${id} is to be tried with; see idsIn.`);
    return encodeURIComponent(value);
  });
}
