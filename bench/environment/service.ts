import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from '../../sdk/typescript/connect.js';
import type { Client } from '../../sdk/typescript/generated/client/index.js';
import { mintToken } from '../../src/auth/minting/mint-token.js';
import { PERMISSIONS } from '../../src/auth/permission.js';
import { peakMemoryBytes, processorSeconds } from '../machine/processor-time.js';
import { threadSeconds, type ThreadSeconds } from '../machine/thread-times.js';
import { NODE_OPTIONS } from '../machine/node-options.js';

const MAIN_FILE = fileURLToPath(new URL('../../src/main.js', import.meta.url));
const START_TIMEOUT_MS = 60_000;

/** The service as an operator runs it: one process for API and work, which has its own PostgreSQL for its state. */
export class ServiceProcess {
  private constructor(
    readonly client: Client,
    readonly vault: string,
    private readonly child: ReturnType<typeof spawn>,
    private readonly ended: Promise<void>,
  ) {}

  /** `directory` does not exist yet; `filestore` is where the environment's files are. */
  static async start(directory: string, filestore: string): Promise<ServiceProcess> {
    await mkdir(directory);
    const secret = randomBytes(32).toString('hex');
    const vault = join(directory, 'vault');
    const child = spawn(process.execPath, [...NODE_OPTIONS, MAIN_FILE], {
      env: {
        PATH: process.env.PATH,
        ROLE: 'all',
        PORT: '0',
        DATA_DIR: directory,
        VAULT_PATH: vault,
        ORGANIZATION: 'bench',
        FILESTORE_ROOTS: dirname(filestore),
        JWT_SECRET: secret,
        LOG_LEVEL: process.env.BENCH_LOG_LEVEL ?? 'warn',
      },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        said = (said + text).slice(-100_000);
        if (process.env.BENCH_LOG_LEVEL !== undefined) process.stderr.write(text);
      });
    }
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    for (const deadline = Date.now() + START_TIMEOUT_MS; Date.now() < deadline; await sleep(20)) {
      const baseUrl = /^Snapback answers at (\S+),/m.exec(said)?.[1];
      if (baseUrl !== undefined) {
        const client = connect({ baseUrl, token: tokenFrom(secret) });
        return new ServiceProcess(client, vault, child, ended);
      }
      if (child.exitCode !== null || child.signalCode !== null) break;
    }
    child.kill('SIGKILL');
    throw new Error(`The service did not start:\n${said}`);
  }

  /** Of the service and the programs it runs, without the PostgreSQL that keeps its state. */
  processorSeconds(): Promise<number> {
    return processorSeconds(this.child.pid!, 'postgres');
  }

  /** Of the service and everything it runs, its PostgreSQL too. */
  allProcessorSeconds(): Promise<number> {
    return processorSeconds(this.child.pid!);
  }

  /** Of the service's process alone, with all its threads. */
  peakMemoryBytes(): Promise<number> {
    return peakMemoryBytes(this.child.pid!);
  }

  /** Of the service's process alone, by what its threads are for. */
  threadSeconds(): Promise<ThreadSeconds> {
    return threadSeconds(this.child.pid!);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    await this.ended;
  }
}

function tokenFrom(secret: string): string {
  return mintToken(
    {
      secret,
      issuer: 'snapback',
      audience: 'snapback',
      subject: 'bench',
      organization: 'bench',
      permissions: PERMISSIONS,
      projects: null,
      lifetimeSeconds: 24 * 60 * 60,
    },
    new Date(),
  );
}
