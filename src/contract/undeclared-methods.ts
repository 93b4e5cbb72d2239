import type { RequestHandler } from 'express';
import { errors } from '../errors/catalogue.js';
import { pathOf, sendProblem } from '../errors/problem-response.js';
import type { Contract } from './contract.js';

interface DeclaredPath {
  pattern: RegExp;
  /** As `Allow` names them. */
  methods: string[];
}

/** Answers 405 where the contract has the path and not the method: its reader has found the right place, and the wrong door. */
export function refuseUndeclaredMethods(contract: Contract): RequestHandler {
  const paths = declaredPaths(contract);
  return (request, response, next) => {
    const declared = paths.find(({ pattern }) => pattern.test(request.path));
    if (declared === undefined || declared.methods.includes(request.method)) return next();
    sendProblem(errors.methodNotAllowed(request.method, pathOf(request), declared.methods), request, response);
  };
}

/** A path without parameters comes before one that has them, as OpenAPI wants it. */
function declaredPaths({ operations }: Contract): DeclaredPath[] {
  const methods = new Map<string, string[]>();
  for (const { path, method } of operations.values()) {
    methods.set(path, [...(methods.get(path) ?? []), ...(method === 'get' ? ['GET', 'HEAD'] : [method.toUpperCase()])]);
  }
  return [...methods]
    .toSorted(([one], [other]) => parametersIn(one) - parametersIn(other))
    .map(([path, allowed]) => ({
      // Express minds neither capitals nor a slash at the end.
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i'),
      methods: allowed.toSorted(),
    }));
}

function parametersIn(path: string): number {
  return path.split('{').length - 1;
}
