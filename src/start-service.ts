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
import { isOnOwnMachine } from './console-ui/own-machine.js';
import { setupConsoleUi } from './console-ui/setup-console-ui.js';
import { SignInLink } from './console-ui/sign-in-link.js';
import { setupDocsUi } from './docs-ui/setup-docs-ui.js';
import { setupGuideUi } from './guide-ui/setup-guide-ui.js';
import type { ExistingThings } from './docs-ui/ui-document.js';
import { LimitedExpressAdapter } from './http/limited-express-adapter.js';
import { CountedRequests } from './metrics/counted-requests.js';
import { protectHttp } from './http/protect-http.js';
import { startTracing } from './tracing/start-tracing.js';
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
  /**
   * Is given a link that signs in to the console, once, when the service has started, and another one after each use. Never called where
   * there are no such links, which are for one's own machine.
   */
  signInLink?: (link: string) => void;
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
    let url: string | undefined;
    const link = signInLinkOf(configuration, embedded, options, () => url);
    const app = await createApplication(configuration, options, link);
    const stop = async () => {
      await app.close();
      await Promise.all([tracing.stop(), embedded?.stop()]);
    };
    url = await listen(app, configuration);
    link?.renew();
    return { url, configuration, embedded, stop };
  } catch (error) {
    await Promise.all([tracing.stop(), embedded?.stop()]);
    throw error;
  }
}

function startOwnPostgres(dataDir: string): Promise<EmbeddedPostgres> {
  // The logger of the application does not exist yet; these are sentences for the person who starts it.
  return startEmbeddedPostgres({ dataDir: join(dataDir, 'postgres'), log: (message) => console.error(message) });
}

function signInLinkOf(
  configuration: Configuration,
  embedded: EmbeddedPostgres | undefined,
  { signInLink: tell }: ServiceOptions,
  urlOfNow: () => string | undefined,
): SignInLink | undefined {
  const isOffered = configuration.CONSOLE_ENABLED && isOnOwnMachine(configuration, embedded !== undefined);
  return isOffered && tell !== undefined ? new SignInLink((code) => tell(`${urlOfNow()}/#sign-in=${code}`)) : undefined;
}

async function createApplication(
  configuration: Configuration,
  options: ServiceOptions,
  link: SignInLink | undefined,
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
  if (configuration.CONSOLE_ENABLED) setupConsoleUi(app, configuration, link);
  if (configuration.DOCS_ENABLED) {
    setupDocsUi(app, app.get(Contract), { examples: options.examples, isAtRoot: !configuration.CONSOLE_ENABLED });
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
  const host = HOST === '0.0.0.0' || HOST === '::' ? 'localhost' : HOST;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
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
