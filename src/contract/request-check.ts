import { errors } from '../errors/catalogue.js';
import type { Contract } from './contract.js';
import { fieldErrors } from './field-errors.js';
import { fillDefaults } from './fill-defaults.js';
import type { FieldError } from './generated/types.gen.js';
import type { Operation } from './operation.js';
import type { Schema } from './openapi-document.js';
import { typedValues } from './text-values.js';

/** More than these help nobody; a body can hold thousands. */
export const MOST_FIELD_ERRORS = 20;

/** A request as it arrived. */
export interface RawRequest {
  path: Readonly<Record<string, unknown>>;
  query: Readonly<Record<string, unknown>>;
  /** By lower-case name. */
  headers: Readonly<Record<string, unknown>>;
  /** Parsed JSON, or undefined when no body was sent. */
  body: unknown;
}

/** A request as the generated types describe it. */
export interface CheckedRequest {
  path: Record<string, unknown>;
  query: Record<string, unknown>;
  /** The declared headers only, by the names under which they are declared. */
  headers: Record<string, unknown>;
  body: unknown;
}

/**
 * Holds a request against its operation. What comes back has the types of the contract, with its
 * defaults. Throws `Problem('validation-failed')` with at most `MOST_FIELD_ERRORS` fields.
 */
export function checkRequest(contract: Contract, operation: Operation, raw: RawRequest): CheckedRequest {
  const wrong: FieldError[] = [];
  const check = (schema: Schema, value: unknown): void => {
    const found = fieldErrors(contract.schemas, schema, value);
    if (found.length === 0) fillDefaults(contract.schemas, schema, value);
    wrong.push(...found);
  };
  const parameters = (kind: keyof Operation['parameters'], given: RawRequest['path']): Record<string, unknown> => {
    const typed = typedValues(contract.schemas, operation.parameters[kind], given);
    wrong.push(...typed.errors);
    check(operation.parameters[kind], typed.values);
    return typed.values;
  };

  const checked: CheckedRequest = {
    path: parameters('path', raw.path),
    query: parameters('query', raw.query),
    headers: parameters('header', declaredHeaders(operation, raw.headers)),
    body: undefined,
  };
  if (operation.body?.required && raw.body === undefined) {
    wrong.push({ field: 'body', message: 'is required' });
  } else if (operation.body !== null) {
    checked.body = raw.body === undefined ? {} : raw.body;
    check(operation.body.schema, checked.body);
  }
  if (wrong.length > 0) throw errors.validationFailed(wrong.slice(0, MOST_FIELD_ERRORS));
  return checked;
}

/** Clients and proxies send many headers; those the operation does not declare are none of its business. */
function declaredHeaders(operation: Operation, headers: RawRequest['headers']): Record<string, unknown> {
  const names = Object.keys(operation.parameters.header.properties);
  const sent = names.map((name) => [name, headers[name.toLowerCase()]] as const);
  return Object.fromEntries(sent.filter(([, value]) => value !== undefined));
}
