import { Injectable, type OnModuleInit, RequestMethod } from '@nestjs/common';
import { METHOD_METADATA, PATH_METADATA } from '@nestjs/common/constants.js';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { ACCESS, type Access } from '../auth/access.decorators.js';
import { BASE_PATH, Contract } from './contract.js';
import type { Operation } from './operation.js';

const NO_TOKEN = 'no token';
const ANY_TOKEN = 'any token';

type Handler = (...args: unknown[]) => unknown;
type Controller = new (...args: never[]) => object;

/**
 * Refuses to start an application whose handlers are not what the contract says: every handler has
 * the name, method and path of an operation, and asks for the token and the permission named there.
 */
@Injectable()
export class RouteCheck implements OnModuleInit {
  constructor(
    private readonly contract: Contract,
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
  ) {}

  onModuleInit(): void {
    const faults = this.handlers().flatMap(([controller, handler]) => this.faultsOf(controller, handler));
    if (faults.length > 0) throw new Error(`The handlers do not fit openapi.yaml: ${faults.join(' ')}`);
  }

  private handlers(): [Controller, Handler][] {
    return this.discovery.getControllers().flatMap(({ metatype }) => {
      const prototype = (metatype as Controller).prototype as Record<string, Handler>;
      return this.scanner
        .getAllMethodNames(prototype)
        .map((name) => prototype[name] as Handler)
        .filter((method) => Reflect.hasMetadata(METHOD_METADATA, method))
        .map((method): [Controller, Handler] => [metatype as Controller, method]);
    });
  }

  private faultsOf(controller: Controller, handler: Handler): string[] {
    const operation = this.contract.operations.get(handler.name);
    if (operation === undefined) return [`${handler.name} is no operation.`];
    return [routeFault(operation, controller, handler), accessFault(operation, handler)].filter(
      (fault) => fault !== undefined,
    );
  }
}

function routeFault(operation: Operation, controller: Controller, handler: Handler): string | undefined {
  const parts = [
    BASE_PATH,
    Reflect.getMetadata(PATH_METADATA, controller),
    Reflect.getMetadata(PATH_METADATA, handler),
  ];
  const path = `/${parts
    .flatMap((part) => String(part).split('/'))
    .filter((part) => part !== '')
    .join('/')}`;
  const method = RequestMethod[Reflect.getMetadata(METHOD_METADATA, handler) as RequestMethod];
  const route = `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`;
  const declared = `${operation.method.toUpperCase()} ${operation.path}`;
  return route === declared ? undefined : `${operation.id} is at ${route}, not at ${declared}.`;
}

function accessFault(operation: Operation, handler: Handler): string | undefined {
  const access = Reflect.getMetadata(ACCESS, handler) as Access | undefined;
  if (access === undefined) return `${operation.id} has neither @Requires nor @RequiresToken nor @Public.`;
  const required = access.public ? NO_TOKEN : (access.permission ?? ANY_TOKEN);
  const declared = operation.needsToken ? operation.permissions.join(' and ') || ANY_TOKEN : NO_TOKEN;
  return required === declared ? undefined : `${operation.id} requires "${required}", not "${declared}".`;
}
