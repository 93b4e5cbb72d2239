import {
  METHODS,
  type Method,
  type OpenApiDocument,
  type OperationObject,
  type Parameter,
  type PathItem,
  type Reference,
  type RequestBody,
  resolveReference,
  type Response,
  type Schema,
} from './openapi-document.js';

/** One operation of the contract, with all references followed except those between schemas. */
export interface Operation {
  id: string;
  method: Method;
  /** As in the contract, such as `/api/v1/projects/{projectId}`. */
  path: string;
  /** Whether it is only for those with a token. */
  needsToken: boolean;
  /** What the token must allow. */
  permissions: readonly string[];
  /** Each an object schema that allows what is declared and nothing else. */
  parameters: { path: ObjectSchema; query: ObjectSchema; header: ObjectSchema };
  body: { required: boolean; schema: Schema } | null;
  /** By status, then by content type; a response without a body has none. */
  responses: ReadonlyMap<number, ReadonlyMap<string, Schema>>;
  /** Of a stream: what the `data` of an event is, by the event's name. */
  events: ReadonlyMap<string, Schema>;
  /** What its answers say when it will go. */
  farewell: Readonly<Record<string, string>>;
}

export interface ObjectSchema extends Schema {
  type: 'object';
  properties: Record<string, Schema>;
  required: string[];
  additionalProperties: false;
}

/** The only content type in which the contract takes bodies. */
export const BODY_TYPE = 'application/json';

/** All operations of a contract, in its order. Throws when it uses what this service does not support. */
export function operationsOf(document: OpenApiDocument): Operation[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    METHODS.flatMap((method) => {
      const operation = item[method];
      return operation === undefined ? [] : [toOperation(document, path, method, item, operation)];
    }),
  );
}

function toOperation(
  document: OpenApiDocument,
  path: string,
  method: Method,
  item: PathItem,
  operation: OperationObject,
): Operation {
  const follow = <T extends object>(node: T | Reference): T =>
    '$ref' in node ? (resolveReference(document, node.$ref) as T) : node;
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(follow<Parameter>);
  const security = operation.security ?? document.security ?? [];
  const body = operation.requestBody === undefined ? null : follow<RequestBody>(operation.requestBody);
  return {
    id: operation.operationId,
    method,
    path,
    needsToken: security.length > 0,
    permissions: security.flatMap(({ bearer = [] }) => bearer),
    parameters: {
      path: objectOf(parameters.filter((parameter) => parameter.in === 'path')),
      query: objectOf(parameters.filter((parameter) => parameter.in === 'query')),
      header: objectOf(parameters.filter((parameter) => parameter.in === 'header')),
    },
    body:
      body === null ? null : { required: body.required === true, schema: jsonSchemaOf(operation.operationId, body) },
    events: new Map(Object.entries(operation['x-events'] ?? {})),
    farewell: farewellOf(operation),
    responses: new Map(
      Object.entries(operation.responses).map(([status, response]) => [
        Number(status),
        schemasOf(follow<Response>(response)),
      ]),
    ),
  };
}

/** Headers: `Deprecation` as RFC 9745 has it, `Sunset` as RFC 8594. Throws when the contract does not say since when. */
function farewellOf(operation: OperationObject): Record<string, string> {
  if (operation.deprecated !== true) return {};
  const { operationId: id, 'x-deprecated-since': since, 'x-sunset': sunset } = operation;
  if (since === undefined) throw new Error(`The contract does not say since when ${id} is deprecated.`);
  return {
    Deprecation: `@${dayOf(id, since).getTime() / 1000}`,
    ...(sunset !== undefined && { Sunset: dayOf(id, sunset).toUTCString() }),
  };
}

function dayOf(id: string, text: string): Date {
  const day = new Date(`${text}T00:00:00Z`);
  if (Number.isNaN(day.getTime())) throw new Error(`The contract says ${text} at ${id}, which is no date.`);
  return day;
}

function objectOf(parameters: Parameter[]): ObjectSchema {
  return {
    type: 'object',
    properties: Object.fromEntries(parameters.map(({ name, schema }) => [name, schema])),
    required: parameters.filter(({ required }) => required).map(({ name }) => name),
    additionalProperties: false,
  };
}

function jsonSchemaOf(id: string, body: RequestBody): Schema {
  const content = body.content[BODY_TYPE];
  if (content === undefined) throw new Error(`The contract has no ${BODY_TYPE} body for ${id}.`);
  return content.schema;
}

function schemasOf(response: Response): Map<string, Schema> {
  return new Map(Object.entries(response.content ?? {}).map(([type, { schema }]) => [type, schema]));
}
