import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ConfigurationError } from '../../config/configuration-error.js';
import type { Configuration } from '../../config/configuration.js';
import { startEmbeddedPostgres } from './embedded-postgres.js';
import { urlOfRunningEmbedded } from './running-embedded.js';

/** The service's own database, for a program beside the service. */
export interface OpenState {
  url: string;
  /** Whether it is the embedded one. */
  isEmbedded: boolean;
  /** Stops what was started for it. */
  close(): Promise<void>;
}

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
    const running = await urlOfRunningEmbedded(dataDir);
    if (running !== undefined) return { url: running, isEmbedded: true, close: nothing };
    await access(dataDir).catch((cause: unknown) => {
      throw new ConfigurationError(`There is no database at ${dataDir}; set DATABASE_URL or DATA_DIR.`, { cause });
    });
  }
  const embedded = await startEmbeddedPostgres({ dataDir });
  return { url: embedded.url, isEmbedded: true, close: () => embedded.stop() };
}
