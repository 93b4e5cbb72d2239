import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import { Logger } from 'nestjs-pino';
import { AppModule } from './app.module.js';
import { completeConfiguration } from './complete-configuration.js';
import { ConfigurationError } from './config/configuration-error.js';
import type { Configuration } from './config/configuration.js';
import { Contract } from './contract/contract.js';
import { startEmbeddedPostgres } from './database/embedded/embedded-postgres.js';
import type { EmbeddedPostgres } from './database/embedded/embedded-postgres.js';
import { defaultConnections, limitConnections } from './engine/postgres/connection/connection-budget.js';
import { removeNamedArchives } from './engine/restore/database/script/named-archives.js';
import { setupConsoleUi } from './console-ui/setup-console-ui.js';
import { setupDocsUi } from './docs-ui/setup-docs-ui.js';
import { setupGuideUi } from './guide-ui/setup-guide-ui.js';
import type { ExistingThings } from './docs-ui/ui-document.js';
import { LimitedExpressAdapter } from './http/limited-express-adapter.js';
import { CountedRequests } from './metrics/counted-requests.js';
import { protectHttp } from './http/protect-http.js';
import { startTracing } from './tracing/start-tracing.js';
import { VERSION } from './processes/version.js';
import type { LogDestination } from './logging/log-options.js';

export interface RunningService {
  /** Where the API answers; undefined for a worker. */
  url: string | undefined;
  /** What it runs with: the given configuration, completed. */
  configuration: Configuration;
  /** The PostgreSQL it started itself, if it did. */
  embedded: EmbeddedPostgres | undefined;
  /** Hands running work back and stops everything it started. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  /** Takes the lines of the log; unless given they go to standard output. */
  log?: LogDestination;
  /** What exists, for the examples in Swagger UI. */
  examples?: () => ExistingThings;
}

/**
 * Starts API, worker or both, as the configuration says, with an embedded PostgreSQL when it names none.
 * Rejects with a `ConfigurationError` or an `EmbeddedPostgresError` for what a person can change, and
 * leaves nothing running.
 */
export async function startService(given: Configuration, options: ServiceOptions = {}): Promise<RunningService> {
  const dataDir = resolve(given.DATA_DIR);
  await mkdir(dataDir, { recursive: true }).catch((cause: Error) => {
    throw new ConfigurationError(`DATA_DIR ${dataDir} cannot be used: ${cause.message}.`, { cause });
  });
  const tracing = await startTracing(given);
  let embedded: EmbeddedPostgres | undefined;
  try {
    embedded = given.DATABASE_URL === undefined ? await startOwnPostgres(dataDir) : undefined;
    const configuration = await completeConfiguration({ ...given, DATA_DIR: dataDir }, embedded);
    if (configuration.ROLE !== 'api') await removeNamedArchives(tmpdir());
    limitConnections(configuration.CAPTURE_CONNECTIONS ?? defaultConnections());
    const app = await createApplication(configuration, options);
    const stop = async () => {
      await app.close();
      await Promise.all([tracing.stop(), embedded?.stop()]);
    };
    return { url: await listen(app, configuration), configuration, embedded, stop };
  } catch (error) {
    await Promise.all([tracing.stop(), embedded?.stop()]);
    throw error;
  }
}

function startOwnPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  // The logger of the application does not exist yet; these are sentences for the person who starts it.
  return startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), log: (message) => console.error(message) });
}

async function createApplication(
  configuration: Configuration,
  options: ServiceOptions,
): Promise<NestExpressApplication> {
  const adapter = new LimitedExpressAdapter(configuration);
  const app = await NestFactory.create<NestExpressApplication>(AppModule.with(configuration, options.log), adapter, {
    bufferLogs: true,
    // Until the application's own logger is there nobody speaks: what stops the start is said by who started it.
    logger: false,
    abortOnError: false,
    // Bodies are read by the contract's guard, once the caller is known.
    bodyParser: false,
  });
  app.useLogger(app.get(Logger));
  app.setGlobalPrefix('api/v1');
  protectHttp(app, configuration, app.get(CountedRequests, { strict: false }).use);
  if (configuration.CONSOLE_ENABLED) setupConsoleUi(app, () => ({ version: VERSION, signInLink: false, oidc: null }));
  if (configuration.DOCS_ENABLED) {
    setupDocsUi(app, app.get(Contract), options.examples);
    setupGuideUi(app);
  }
  return app;
}

async function listen(app: NestExpressApplication, { ROLE, PORT, HOST }: Configuration): Promise<string | undefined> {
  if (ROLE === 'worker') {
    await app.init();
    return undefined;
  }
  try {
    await app.listen(PORT, HOST);
  } catch (error) {
    await app.close();
    throw unusableAddress(error, PORT, HOST);
  }
  const address: unknown = app.getHttpServer().address();
  const port = typeof address === 'object' && address !== null && 'port' in address ? Number(address.port) : PORT;
  return `http://${HOST === '0.0.0.0' || HOST === '::' ? 'localhost' : HOST}:${port}`;
}

function unusableAddress(cause: unknown, port: number, host: string): unknown {
  const { code, syscall, message } = cause as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') {
    const sentence = `PORT ${port} of ${host} is in use already; choose another one, or stop what uses it.`;
    return new ConfigurationError(sentence, { cause });
  }
  if (syscall !== 'listen' && syscall !== 'getaddrinfo') return cause;
  return new ConfigurationError(`HOST ${host} cannot be listened on: ${message}.`, { cause });
}
