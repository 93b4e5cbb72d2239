import 'reflect-metadata';
import type { AddressInfo } from 'node:net';
import { type INestApplication, Module, type Provider, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ConfigModule } from '../../../src/config/config.module.js';
import type { Configuration } from '../../../src/config/configuration.js';
import { loadConfiguration } from '../../../src/config/load-configuration.js';
import { BASE_PATH } from '../../../src/contract/contract.js';
import { RequestPipelineModule } from '../../../src/contract/request-pipeline.module.js';

export const SECRET = 'the-secret-that-these-tests-sign-with';

export interface TestApp {
  /** `http://127.0.0.1:…` */
  url: string;
  app: INestApplication;
  close(): Promise<void>;
}

export interface TestAppOptions {
  /** Default: the secret of these tests. */
  env?: NodeJS.ProcessEnv;
  /** What the controllers need. */
  providers?: Provider[];
  prepare?: (app: INestApplication) => void;
}

/** A service with the real request pipeline, on a free port, with only these controllers behind it. */
export async function startApp(controllers: Type<object>[], options: TestAppOptions = {}): Promise<TestApp> {
  const { env = { JWT_SECRET: SECRET }, providers = [], prepare } = options;
  const configuration: Configuration = loadConfiguration({ ORGANIZATION: 'acme', ...env });
  @Module({ imports: [ConfigModule.forRoot(configuration), RequestPipelineModule], controllers, providers })
  class TestModule {}
  const app = await NestFactory.create(TestModule, {
    bodyParser: false,
    forceCloseConnections: true,
    logger: false,
    abortOnError: false,
  });
  app.setGlobalPrefix(BASE_PATH);
  prepare?.(app);
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}`, app, close: () => app.close() };
}
