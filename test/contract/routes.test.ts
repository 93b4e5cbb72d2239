import 'reflect-metadata';
import { RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Express } from 'express';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AppModule } from '../../src/app.module.js';
import { ACCESS } from '../../src/auth/access.decorators.js';
import type { Access } from '../../src/auth/access.decorators.js';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { BASE_PATH, Contract } from '../../src/contract/contract.js';
import { LogWatch } from '../harness/log-watch.js';
import { createServiceSetting, startTestService } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { asker } from './ask.js';

const contract = Contract.load();
const operations = [...contract.operations.values()];
const declared = operations.map(({ method, path }) => `${method.toUpperCase()} ${path}`).toSorted();

interface Route {
  path: string;
  methods: string[];
}

/** What a handler says of itself, in the words of the contract. */
interface Handler {
  id: string;
  route: string;
  parameters: string[];
  permissions: string[];
}

let setting: ServiceSetting;
let app: NestExpressApplication;

beforeAll(async () => {
  setting = await createServiceSetting();
  app = await NestFactory.create<NestExpressApplication>(
    AppModule.with(loadConfiguration(setting.env), new LogWatch()),
    {
      abortOnError: false,
      bodyParser: false,
      logger: false,
    },
  );
  app.setGlobalPrefix(BASE_PATH);
  await app.init();
});
afterAll(async () => {
  await app.close();
  await setting.remove();
});

/** What Express has been told to answer, whoever told it. */
function routes(): Route[] {
  const { router } = app.getHttpAdapter().getInstance() as Express;
  return router.stack.flatMap(({ route }) => {
    // What stands before all paths, for each method that there is, is no operation: the logger does.
    if (route === undefined || String(route.path).includes('*')) return [];
    return [{ path: String(route.path), methods: route.stack.map(({ method }) => method.toUpperCase()) }];
  });
}

function handlers(): Handler[] {
  const scanner = new MetadataScanner();
  return app
    .get(DiscoveryService, { strict: false })
    .getControllers()
    .flatMap(({ metatype }) => {
      const controller = metatype as new () => object;
      const prototype = controller.prototype as Record<string, () => unknown>;
      return scanner
        .getAllMethodNames(prototype)
        .map((name) => prototype[name]!)
        .filter((handler) => Reflect.hasMetadata(METHOD_METADATA, handler))
        .map((handler) => described(controller, handler));
    });
}

function described(controller: object, handler: () => unknown): Handler {
  const parts = [
    BASE_PATH,
    Reflect.getMetadata(PATH_METADATA, controller),
    Reflect.getMetadata(PATH_METADATA, handler),
  ];
  const path = parts
    .map((part) => String(part).replaceAll(/^\/|\/$/g, ''))
    .filter((part) => part !== '')
    .join('/');
  const access = Reflect.getMetadata(ACCESS, handler) as Access;
  return {
    id: handler.name,
    route: `${RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod]} /${braced(path)}`,
    parameters: [...path.matchAll(/:(\w+)/g)].map(([, name]) => name!),
    permissions: access.public || access.permission === null ? [] : [access.permission],
  };
}

function braced(path: string): string {
  return path.replaceAll(/:(\w+)/g, '{$1}');
}

describe('the running application', () => {
  it('answers under the paths and methods of the contract, and no others', () => {
    const answered = routes().flatMap(({ path, methods }) => methods.map((method) => `${method} ${braced(path)}`));
    expect(answered.toSorted()).toEqual(declared);
  });

  it('has for each operation one handler: its name, route, parameters and permission', () => {
    const byId = (one: Handler, other: Handler): number => one.id.localeCompare(other.id);
    const expected = operations.map(({ id, method, path, parameters, permissions }): Handler => ({
      id,
      route: `${method.toUpperCase()} ${path}`,
      parameters: Object.keys(parameters.path.properties),
      permissions: [...permissions],
    }));
    expect(handlers().toSorted(byId)).toEqual(expected.toSorted(byId));
  });

  it('declares each parameter in its path as required, and each required parameter is in its path', () => {
    for (const { id, path, parameters } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name);
      expect([id, parameters.path.required]).toEqual([id, inPath]);
    }
  });

  it('answers the same when it is started as the service is, on every path of the contract', async () => {
    const service = await startTestService();
    try {
      const ask = asker(service.url, null);
      for (const { id, method, path, needsToken } of operations) {
        const { status } = await ask(method.toUpperCase(), path.replaceAll(/\{\w+\}/g, 'x'));
        // Without a token there is no way past the first gate; where there is no handler, there is no gate.
        expect([id, status]).toEqual([id, needsToken ? 401 : 200]);
      }
    } finally {
      await service.stop();
    }
  });
});
