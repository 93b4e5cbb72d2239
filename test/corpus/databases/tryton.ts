import { existsSync } from 'node:fs';
import { rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { libpqEnvironment } from '../../../src/engine/postgres/connection/libpq-environment.js';
import { findProgram } from '../../../src/engine/postgres/programs/programs.js';
import { freePort } from '../../harness/free-port.js';
import { words } from '../ask.js';
import { cacheDirectory } from '../cache.js';
import type { CorpusDatabase, RunningApplication } from '../corpus-database.js';
import type { Place } from '../place.js';
import { run, start } from '../programs.js';
import { TrytonClient } from '../tryton-client.js';
import { installTryton, TRYTON_MODULES } from '../tryton.js';

const PASSWORD = 'a-password-for-the-corpus';
const PARTIES = 400;
const ATTACHMENTS = 60;
const START_TIMEOUT_MS = 90_000;
const RECOVERY_TIMEOUT_MS = 60_000;
const VISIT_EVERY_MS = 100;
const NO_CONTEXT = {};

/**
 * Tryton, which is closest to Odoo in its ways: its own schema, data, files and web server. It serves while its environment
 * is broken and rolled back, and is asked afterwards.
 */
export const tryton: CorpusDatabase[] = [
  {
    name: 'tryton',
    about: `Tryton 7.0 with ${TRYTON_MODULES.length} modules, serving while it is broken and rolled back`,
    async missing() {
      const found = await installTryton();
      return 'missing' in found ? found.missing : undefined;
    },
    async build(place) {
      // As its documentation advises; it makes them immutable by itself where it may.
      await place.asSuperuser(`CREATE EXTENSION unaccent; CREATE EXTENSION pg_trgm`);
      const server = await Server.configure(place);
      if (!(await restoreInitialised(place))) {
        await server.administer(['-u', 'ir', ...TRYTON_MODULES, '--activate-dependencies']);
        await keepInitialised(place);
      }
      if (place.role === 'superuser') await server.administer(['-u', 'ir', 'party']);
      await server.listen();
      try {
        await server.client.login();
        sessions.set(place.id, server.client.session);
        await populate(server.client);
      } finally {
        await server.stop();
      }
    },
    // It notes when a session was last used.
    volatile: ['rows of public.ir_session', 'sequence public.ir_session_id_seq'],
    async damage(place) {
      await place
        .asSuperuser(`ALTER TABLE party_party RENAME COLUMN code TO broken_by_migration; DROP TABLE ir_session CASCADE`)
        .catch(() => undefined);
    },
    async serve(place) {
      const server = await Server.configure(place);
      server.client.session = sessions.get(place.id);
      await server.listen();
      return visit(server);
    },
  },
];

/** Of somebody who has logged in before the snapshot was taken, and goes on working. */
const sessions = new Map<string, string | undefined>();

class Server {
  readonly client: TrytonClient;
  private process: ReturnType<typeof start> | undefined;

  private constructor(
    private readonly programs: string,
    private readonly configuration: string,
    private readonly place: Place,
    port: number,
  ) {
    this.client = new TrytonClient(`http://127.0.0.1:${port}/${place.id}/`, PASSWORD);
  }

  static async configure(place: Place): Promise<Server> {
    const found = await installTryton();
    if ('missing' in found) throw new Error(found.missing);
    const port = await freePort();
    const { host, port: database, user, password } = place.address;
    const configuration = join(place.world.directory, `${place.id}.conf`);
    const lines = [
      '[database]',
      `uri = postgresql://${user}:${password}@${host}:${database}/`,
      // Its files lie in the directory of the database's name below this one: the environment's filestore.
      `path = ${place.world.filestores}`,
      '[web]',
      `listen = 127.0.0.1:${port}`,
      '[attachment]',
      'filestore = True',
    ];
    await writeFile(configuration, `${lines.join('\n')}\n`, { mode: 0o600 });
    return new Server(found.programs, configuration, place, port);
  }

  async administer(options: readonly string[]): Promise<void> {
    const passwordFile = `${this.configuration}.password`;
    await writeFile(passwordFile, PASSWORD, { mode: 0o600 });
    const command = [join(this.programs, 'trytond-admin'), '-c', this.configuration, '-d', this.place.id];
    await run([...command, '--email', 'admin@example.com', ...options], { env: { TRYTONPASSFILE: passwordFile } });
    await rm(passwordFile);
  }

  /** Resolves when it answers. */
  async listen(): Promise<void> {
    this.process = start([join(this.programs, 'trytond'), '-c', this.configuration], {});
    for (const deadline = Date.now() + START_TIMEOUT_MS; ; await sleep(300)) {
      const failure = await this.client.reach().then(
        () => undefined,
        (error: unknown) => error,
      );
      if (failure === undefined) return;
      if (Date.now() < deadline) continue;
      await this.stop();
      throw new Error(`Tryton does not answer: ${words(failure)}`, { cause: failure });
    }
  }

  async stop(): Promise<void> {
    const { process } = this;
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return;
    const ended = new Promise((resolve) => process.once('exit', resolve));
    process.kill('SIGKILL');
    await ended;
  }
}

/** Making twenty modules' tables takes minutes; what comes of it is kept as a dump for the next time. */
async function keepInitialised(place: Place): Promise<void> {
  const { path } = await findProgram('pg_dump');
  const archive = await initialisedArchive();
  const options = ['--format=custom', '--no-owner', '--file', `${archive}.half`, place.id];
  await run([path, ...options], { env: libpqEnvironment(place.superuserAddress) });
  await rename(`${archive}.half`, archive);
}

async function restoreInitialised(place: Place): Promise<boolean> {
  const archive = await initialisedArchive();
  if (!existsSync(archive)) return false;
  const { path } = await findProgram('pg_restore');
  const options = ['--no-owner', '--no-comments', '--dbname', place.id, archive];
  await run([path, ...options], { env: libpqEnvironment(place.address) });
  return true;
}

async function initialisedArchive(): Promise<string> {
  const { major } = await findProgram('pg_dump');
  return join(await cacheDirectory('tryton-initialised'), `${major}.dump`);
}

async function populate(client: TrytonClient): Promise<void> {
  const parties = Array.from({ length: PARTIES }, (_, n) => ({
    name: `Élodie Müller ${n}`,
    addresses: [['create', [{ city: 'Liège' }]]],
  }));
  const ids = (await client.call('model.party.party.create', [parties, NO_CONTEXT])) as number[];
  const attachments = ids.slice(0, ATTACHMENTS).map((id) => ({
    name: `paper ${id}`,
    resource: `party.party,${id}`,
    type: 'data',
    data: { __class__: 'bytes', base64: Buffer.from(contentOf(id)).toString('base64') },
  }));
  await client.call('model.ir.attachment.create', [attachments, NO_CONTEXT]);
}

const contentOf = (party: number) => `the paper of party ${party} ${'p'.repeat(party * 10)}`;

/** Asks all the time, as its users would, and says afterwards whether everything is there. */
function visit(server: Server): RunningApplication {
  const { client } = server;
  const seen = { requests: 0, failed: 0 };
  const ending = new AbortController();
  const visiting = (async () => {
    for (; !ending.signal.aborted; await sleep(VISIT_EVERY_MS)) {
      seen.requests += 1;
      const answered = await client.call('model.party.party.search_count', [[], NO_CONTEXT]).then(
        () => true,
        () => false,
      );
      if (!answered) seen.failed += 1;
    }
  })();
  return {
    async afterRollback() {
      const failedUntilNow = seen.failed;
      const deadline = Date.now() + RECOVERY_TIMEOUT_MS;
      for (let unwell = await complaint(client); ; unwell = await complaint(client)) {
        const note = `Tryton: ${seen.requests} requests, ${failedUntilNow} failed while it was broken and swapped`;
        if (unwell === undefined) return { note };
        if (Date.now() > deadline) return { unwell: `Tryton is not well: ${unwell}`, note };
        await client.login().catch(() => undefined);
        await sleep(500);
      }
    },
    async stop() {
      ending.abort();
      await server.stop();
      await visiting;
    },
  };
}

async function complaint(client: TrytonClient): Promise<string | undefined> {
  try {
    const parties = await client.call('model.party.party.search_count', [[['name', 'ilike', '%Müller%']], NO_CONTEXT]);
    if (parties !== PARTIES) return `${String(parties)} parties, not ${PARTIES}`;
    const fields = ['data', 'resource'];
    const read = await client.call('model.ir.attachment.search_read', [[], 0, null, null, fields, NO_CONTEXT]);
    const attachments = read as { data: { base64: string } | null; resource: string }[];
    const wrong = attachments.filter(({ data, resource }) => {
      const party = Number(resource.split(',')[1]);
      return data === null || Buffer.from(data.base64, 'base64').toString() !== contentOf(party);
    });
    if (attachments.length !== ATTACHMENTS || wrong.length > 0)
      return `${attachments.length} attachments, ${wrong.length} of them not as they were`;
    const [id] = (await client.call('model.party.party.create', [[{ name: 'afterwards' }], NO_CONTEXT])) as number[];
    await client.call('model.party.party.delete', [[id], NO_CONTEXT]);
    return undefined;
  } catch (error) {
    return words(error);
  }
}
