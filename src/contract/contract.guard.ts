import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { Request, Response } from 'express';
import { Configuration } from '../config/configuration.js';
import { errors } from '../errors/catalogue.js';
import { Contract } from './contract.js';
import { type JsonBodyReader, jsonBodyReader } from './json-body.js';
import { type CheckedRequest, checkRequest } from './request-check.js';

/**
 * The second gate: what does not fit the contract does not reach a handler. The operation is the
 * one that bears the handler's name. The body is read here, and not by a middleware, so that
 * nobody's bytes are parsed before it is known that they may send them. What fits is handed over so
 * that `@Param()`, `@Query()`, `@Headers()` and `@Body()` give exactly the generated types.
 */
@Injectable()
export class ContractGuard implements CanActivate {
  private readonly readBody: JsonBodyReader;

  constructor(
    private readonly contract: Contract,
    configuration: Configuration,
  ) {
    this.readBody = jsonBodyReader(configuration.MAX_BODY_BYTES);
  }

  async canActivate(context: ExecutionContext): Promise<boolean> {
    const { name } = context.getHandler();
    const operation = this.contract.operations.get(name);
    if (operation === undefined) throw errors.internal(new Error(`The contract has no operation ${name}.`));
    const http = context.switchToHttp();
    const request = http.getRequest<Request>();
    for (const [header, value] of Object.entries(operation.farewell))
      http.getResponse<Response>().setHeader(header, value);
    const body = operation.body === null ? undefined : await this.readBody(request, http.getResponse<Response>());
    const { params: path, query, headers } = request;
    handOver(request, checkRequest(this.contract, operation, { path, query, headers, body }));
    return true;
  }
}

function handOver(request: Request, checked: CheckedRequest): void {
  request.params = checked.path as Request['params'];
  request.body = checked.body;
  // Express 5 parses the query anew at each look, with a getter of the prototype.
  Object.defineProperty(request, 'query', { value: checked.query, configurable: true, enumerable: true });
  // Express itself still looks for others, such as If-None-Match: they stay within reach, beneath. But for what goes to caches, of
  // which this is none: fetch forbids them to answer as soon as it is given a condition, and Express would obey.
  const own = { ...checked.headers, 'cache-control': undefined };
  request.headers = Object.assign(Object.create(request.headers) as Request['headers'], own);
}
