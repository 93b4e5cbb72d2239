// The contract as oapi-codegen makes good Go of it: OpenAPI 3.0, and what is Go's alone in extensions.
import { goName, isPage, schemaForGo, taggedWithETag } from './schemas.mjs';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];
/** What lists, calls and streams do by themselves. */
const OF_THE_CLIENT = ['limit', 'offset', 'cursor'];

/**
 * What every answer brings is read by hand: pages are one generic type, problems are the error type, and `token-expired`
 * is the streams' own.
 */
const BY_HAND = ['Problem', 'TokenExpired'];

/** Made of the contract as it is read from openapi.yaml, of which nothing is changed. Pure. */
export function documentForGo(contract) {
  const { schemas } = contract.components;
  const operations = Object.entries(contract.paths).flatMap(([path, item]) =>
    METHODS.filter((method) => item[method]).map((method) => ({
      path,
      method,
      ...operationOf(contract, item, method),
    })),
  );
  const bodies = bodiesOf(operations, schemas);
  const tagged = new Map(
    operations.filter(({ answer, etag }) => etag && !isPage(schemas[answer])).map(({ answer, id }) => [answer, id]),
  );
  const context = { schemas, bodies };
  const own = Object.entries(schemas)
    .filter(([name, schema]) => !BY_HAND.includes(name) && !isPage(schema) && isType(schema))
    .map(([name, schema]) => [name, schemaForGo(name, schema, context)])
    .map(([name, schema]) => [name, tagged.has(name) ? taggedWithETag(schema) : schema]);
  return {
    openapi: '3.0.3',
    info: { title: contract.info.title, version: contract.info.version },
    paths: pathsOf(operations, [...tagged.values()]),
    components: { schemas: Object.fromEntries(own) },
  };
}

/** Names of texts and numbers are not types in Go, where they would be strangers to other texts. */
function isType({ type, enum: values, properties, oneOf }) {
  return Boolean(values ?? properties ?? oneOf) || (type === 'object' && !properties);
}

function operationOf({ components }, item, method) {
  const operation = item[method];
  const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((parameter) =>
    parameter.$ref ? components.parameters[nameIn(parameter.$ref)] : parameter,
  );
  const [status, success] = Object.entries(operation.responses).find(([code]) => code.startsWith('2'));
  return {
    id: operation.operationId,
    summary: operation.summary,
    parameters: parameters.filter(({ name }) => !OF_THE_CLIENT.includes(name)),
    body: nameIn(operation.requestBody?.content['application/json'].schema.$ref),
    answer: nameIn(success.content?.['application/json']?.schema.$ref),
    // That of a file is the download's.
    etag: 'ETag' in (success.headers ?? {}) && success.content?.['application/json'] !== undefined,
    status,
  };
}

/** The schemas that are sent, each with whether it is an update. What they are made of is sent as well. */
function bodiesOf(operations, schemas) {
  const bodies = new Map();
  const add = (name, isUpdate) => {
    if (name === undefined || bodies.has(name)) return;
    bodies.set(name, { isUpdate });
    for (const used of namesIn(schemas[name])) add(used, false);
  };
  for (const { method, body } of operations) add(body, method === 'patch');
  return bodies;
}

function namesIn(node) {
  if (typeof node !== 'object' || node === null) return [];
  return Object.entries(node).flatMap(([key, value]) => (key === '$ref' ? [nameIn(value)] : namesIn(value)));
}

function nameIn(reference) {
  return reference?.split('/').at(-1);
}

function pathsOf(operations, taggers) {
  const paths = {};
  for (const { path, method, id, summary, parameters, body, answer, status } of operations) {
    paths[path] ??= {};
    paths[path][method] = {
      operationId: id,
      summary,
      parameters: parameters.map(parameterForGo),
      ...(body && {
        requestBody: { content: { 'application/json': { schema: { $ref: `#/components/schemas/${body}` } } } },
      }),
      responses: { [status]: { description: 'As it should be.' } },
      ...(taggers.includes(id) && { 'x-tagged': goName(answer) }),
    };
  }
  return paths;
}

function parameterForGo({ name, in: place, required, description, schema }) {
  const type = schema.type ?? 'string';
  // An enumeration is a type of its own, others are what they are.
  const goType = schema.$ref && place === 'query' ? goName(schema.$ref) : { boolean: '*bool' }[type];
  return {
    name,
    in: place,
    required,
    description: description.trim().replaceAll(/\s+/g, ' '),
    schema: { type: schema.$ref ? 'string' : type, ...(goType && { 'x-go-type': goType }) },
  };
}
