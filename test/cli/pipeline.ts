import type { ChildProcess } from 'node:child_process';
import { deploymentList, settingsUpdate } from '../../sdk/typescript/generated/sdk.gen.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import type { Deployment, SnapshotSettingsUpdate } from '../../sdk/typescript/generated/types.gen.js';
import { result } from '../../sdk/typescript/result.js';
import { stateOf } from '../e2e/marked-environment.js';
import { createTestEnvironment } from '../harness/sample-environment.js';
import type { TestEnvironment } from '../harness/sample-environment.js';
import { testToken } from '../harness/tokens.js';
import { CommandLine } from './command-line.js';
import type { Ran, TerminalSession } from './command-line.js';

/** Of shell: changes the database and the files, so that `state` is another one. */
export const MIGRATES = `psql -qc "UPDATE items SET name = 'present'" && echo present > "$FILES/a.txt"`;

export interface PipelineService {
  url: string;
  filestoreRoot: string;
  client: Client;
}

/** A pipeline that deploys to an environment of its own: what its secrets and variables are, and the command line it has. */
export class Pipeline {
  private constructor(
    private readonly client: Client,
    readonly place: TestEnvironment,
    private readonly snapback: CommandLine,
    private readonly env: NodeJS.ProcessEnv,
  ) {}

  static async of(
    { url, filestoreRoot, client }: PipelineService,
    settings: SnapshotSettingsUpdate = {},
  ): Promise<Pipeline> {
    const place = await createTestEnvironment(client, filestoreRoot);
    const { environment, filestorePath } = place;
    const path = { environmentId: environment.id };
    await result(settingsUpdate({ client, path, body: { autoEnabled: true, ...settings } }));
    const { host, port, database, user, password } = place.database.address;
    return new Pipeline(client, place, await CommandLine.open(), {
      SNAPBACK_URL: url,
      SNAPBACK_TOKEN: testToken({ permissions: ['deployer'] }),
      SNAPBACK_ENVIRONMENT: environment.id,
      PGHOST: host,
      PGPORT: String(port),
      PGDATABASE: database,
      PGUSER: user,
      PGPASSWORD: password,
      FILES: filestorePath,
    });
  }

  run(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
    return this.snapback.run(args, { env: { ...this.env, ...env } });
  }

  start(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    return this.snapback.start(args, { ...this.env, ...env });
  }

  terminal(args: readonly string[]): TerminalSession {
    return this.snapback.terminal(args, { env: this.env });
  }

  /** `snapback deploy run -- sh -c …`. */
  deploying(shell: string, ...options: string[]): string[] {
    return ['deploy', 'run', ...options, '--', 'sh', '-c', shell];
  }

  /** Where a test and a command tell each other something, by files. */
  get home(): string {
    return this.snapback.home;
  }

  /** Newest first, without the rollbacks. */
  async deployments(): Promise<Deployment[]> {
    const path = { environmentId: this.place.environment.id };
    return (await result(deploymentList({ client: this.client, path, query: { kind: 'deploy' } }))).items;
  }

  state(): Promise<{ rows: string; files: string }> {
    return stateOf(this.place);
  }

  async remove(): Promise<void> {
    await Promise.all([this.place.database.drop(), this.snapback.remove()]);
  }
}
