import { errorOf } from './errors/error-of.js';
import { connect } from './connect.js';
import type { ConnectOptions } from './connect.js';
import type { Client } from './generated/client/index.js';
import type {
  DeploymentDetails,
  ItemRestore,
  ItemRestoreProgress,
  RollbackLog,
  RollbackProgress,
  SnapshotDetails,
  SnapshotExport,
  SnapshotExportProgress,
  SnapshotProgress,
} from './generated/types.gen.js';
import { Access } from './groups/access.js';
import { Audit } from './groups/audit.js';
import { Contents } from './groups/contents.js';
import { Deployments } from './groups/deployments.js';
import type { GatedDeployment } from './groups/deployments.js';
import { Environments } from './groups/environments.js';
import { Exports } from './groups/exports.js';
import { Health } from './groups/health.js';
import { Items } from './groups/items.js';
import { Operations } from './groups/operations.js';
import { Protection } from './groups/protection.js';
import { Quotas } from './groups/quotas.js';
import { Projects } from './groups/projects.js';
import { Retention } from './groups/retention.js';
import { Rollbacks } from './groups/rollbacks.js';
import { Settings } from './groups/settings.js';
import { Snapshots } from './groups/snapshots.js';
import { Webhooks } from './groups/webhooks.js';
import { Usage } from './groups/usage.js';
import { Calls } from './requests/calls.js';
import type { CallOptions } from './requests/calls.js';
import { retryingFetch } from './requests/retrying-fetch.js';
import type { RetryPolicy } from './requests/retrying-fetch.js';
import { Streams } from './streams/streams.js';
import type { WaitOptions } from './streams/streams.js';

export interface SnapbackOptions extends ConnectOptions, Partial<RetryPolicy> {
  /** How long a stream may be silent, without a heartbeat even, before its connection is given up; 45 s unless told. */
  idleMs?: number;
}

const TIMEOUT_MS = 30_000;
const ATTEMPTS = 4;

/** A Snapback service. Its operations are grouped as in the contract; `snapback.snapshots.create(environmentId)`. */
export class Snapback {
  readonly projects: Projects;
  readonly environments: Environments;
  readonly snapshots: Snapshots;
  readonly contents: Contents;
  readonly items: Items;
  readonly exports: Exports;
  readonly rollbacks: Rollbacks;
  readonly deployments: Deployments;
  readonly settings: Settings;
  readonly retention: Retention;
  readonly webhooks: Webhooks;
  readonly operations: Operations;
  readonly audit: Audit;
  readonly protection: Protection;
  readonly access: Access;
  readonly quotas: Quotas;
  readonly usage: Usage;
  readonly health: Health;
  /**
   * For the generated operations (`@snapback/client/operations`) and queries (`@snapback/client/react-query`): with the token, repetitions and
   * errors of this one.
   */
  readonly client: Client;

  constructor({ timeoutMs = TIMEOUT_MS, attempts = ATTEMPTS, idleMs, ...connection }: SnapbackOptions) {
    // Looked up when it is needed: who puts another one in its place later, as tools that watch requests do, is not passed by.
    const send: typeof fetch = connection.fetch ?? ((input, init) => globalThis.fetch(input, init));
    const policy = { timeoutMs, attempts };
    this.client = connect({ ...connection, fetch: retryingFetch(send, policy) });
    this.client.interceptors.error.use(errorOf);
    const calls = new Calls(this.client, send, policy);
    const streams = new Streams(connect({ ...connection, fetch: send }), idleMs);
    this.projects = new Projects(calls);
    this.environments = new Environments(calls);
    this.snapshots = new Snapshots(calls, streams);
    this.contents = new Contents(calls, streams, policy);
    this.items = new Items(calls, streams);
    this.exports = new Exports(calls, streams, policy);
    this.deployments = new Deployments(calls);
    this.rollbacks = new Rollbacks(calls, streams, this.deployments);
    this.settings = new Settings(calls);
    this.retention = new Retention(calls);
    this.webhooks = new Webhooks(calls);
    this.operations = new Operations(calls);
    this.audit = new Audit(calls);
    this.protection = new Protection(calls);
    this.access = new Access(calls);
    this.quotas = new Quotas(calls);
    this.usage = new Usage(calls);
    this.health = new Health(calls);
  }

  /** `snapshots.waitFor`. */
  waitForSnapshot(
    environmentId: string,
    snapshotId: string,
    options?: WaitOptions<SnapshotProgress>,
  ): Promise<SnapshotDetails> {
    return this.snapshots.waitFor(environmentId, snapshotId, options);
  }

  /** `rollbacks.waitFor`. */
  waitForRollback(deploymentId: string, options?: WaitOptions<RollbackProgress>): Promise<RollbackLog> {
    return this.rollbacks.waitFor(deploymentId, options);
  }

  /** `items.waitFor`. */
  waitForItemRestore(
    environmentId: string,
    itemRestoreId: string,
    options?: WaitOptions<ItemRestoreProgress>,
  ): Promise<ItemRestore> {
    return this.items.waitFor(environmentId, itemRestoreId, options);
  }

  /** `exports.waitFor`. */
  waitForExport(
    environmentId: string,
    exportId: string,
    options?: WaitOptions<SnapshotExportProgress>,
  ): Promise<SnapshotExport> {
    return this.exports.waitFor(environmentId, exportId, options);
  }

  /** `deployments.gate`. */
  gateDeployment(
    environmentId: string,
    deployment: GatedDeployment,
    options?: CallOptions,
  ): Promise<DeploymentDetails> {
    return this.deployments.gate(environmentId, deployment, options);
  }
}
