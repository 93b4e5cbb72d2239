import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../../config/configuration-error.js';
import type { Configuration } from '../../config/configuration.js';
import { EmbeddedPostgresError } from './embedded-postgres-error.js';

/** The service's own database, for a program beside the service. */
export interface OpenState {
  url: string;
  /** Whether it is the embedded one. */
  isEmbedded: boolean;
  /** Stops what was started for it. */
  close(): Promise<void>;
}

/** SQLSTATE `undefined_table`. */
const UNDEFINED_TABLE = '42P01';

const nothing = async () => undefined;

/**
 * The database that the configuration names. The embedded one is that of the running service, or is started until `close`; with `alone`
 * no service may run, and where there is none it is made. Rejects with `ConfigurationError` or `EmbeddedPostgresError`.
 */
export async function openState(
  { DATABASE_URL, DATA_DIR }: Pick<Configuration, 'DATABASE_URL' | 'DATA_DIR'>,
  { alone = false } = {},
): Promise<OpenState> {
  if (DATABASE_URL !== undefined) return { url: DATABASE_URL, isEmbedded: false, close: nothing };
  const dataDir = join(resolve(DATA_DIR), 'postgres');
  if (!alone) {
    const { urlOfRunningEmbedded } = await import('./running-embedded.js');
    const running = await urlOfRunningEmbedded(dataDir);
    if (running !== undefined) return { url: running, isEmbedded: true, close: nothing };
    await access(dataDir).catch((cause: unknown) => {
      throw new ConfigurationError(`There is no database at ${dataDir}; set DATABASE_URL or DATA_DIR.`, { cause });
    });
  }
  // What runs a server is loaded where one is to run.
  const { startEmbeddedPostgres } = await import('./embedded-postgres.js');
  const embedded = await startEmbeddedPostgres({ dataDir });
  return { url: embedded.url, isEmbedded: true, close: () => embedded.stop() };
}

/**
 * A sentence for whoever runs such a program: of what a person can change its own, of `what` it looks for that it is not there yet, else what `failed` and why. Never
 * a driver's error itself, which may carry the URL, and with it the password.
 */
export function explainState(error: unknown, { what, failed }: { what: string; failed: string }): string {
  if (error instanceof ConfigurationError || error instanceof EmbeddedPostgresError) return error.message;
  const { code, message } = error as { code?: string; message?: string };
  if (code === UNDEFINED_TABLE) return `The state database has no ${what} yet: start the service once.`;
  return `${failed}: ${message === undefined || message === '' ? (code ?? 'nobody knows why') : message}.`;
}
