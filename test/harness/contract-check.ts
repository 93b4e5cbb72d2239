import { Contract } from '../../src/contract/contract.js';
import { MARK } from './secret-mark.js';

const loaded = Contract.load();
const contract = new Contract(closed(loaded.document), loaded.text);
// The services in this process have it too: to read and compile it is most of what starting one takes of a processor.
Contract.load = () => loaded;

interface Route {
  operationId: string;
  method: string;
  pattern: RegExp;
}

// Fixed paths before those with parameters: `snapshots/estimate` is no snapshot id.
const routes: Route[] = [...contract.operations.values()]
  .map(({ id, method, path }) => ({ operationId: id, method: method.toUpperCase(), path }))
  .toSorted((a, b) => a.path.split('{').length - b.path.split('{').length)
  .map(({ operationId, method, path }) => ({
    operationId,
    method,
    pattern: new RegExp(`^${path.replaceAll(/\{[^}]+\}/g, '[^/]+')}$`),
  }));

/** The operation a request is for; undefined when the contract has none. */
export function operationOf(method: string, url: string): string | undefined {
  const { pathname } = new URL(url);
  return routes.find((route) => route.method === method.toUpperCase() && route.pattern.test(pathname))?.operationId;
}

/** What clients and proxies send along unasked. In each request that is checked, so that the log of no test may have it. */
const SENT_ALONG = [
  'cookie',
  'proxy-authorization',
  'referer',
  'x-api-key',
  'x-forwarded-authorization',
  'x-unheard-of',
];

/**
 * A `fetch` that holds every answer against the contract and throws when it does not fit: a status,
 * a content type or a property that openapi.yaml does not declare. Streams are checked event by event
 * by those who read them, with `checkEvent`.
 */
export const checkedFetch: typeof fetch = async (input, init) => {
  const request = new Request(input, init);
  for (const name of SENT_ALONG) if (!request.headers.has(name)) request.headers.set(name, `${MARK} ${name}`);
  const response = await fetch(request);
  const operationId = operationOf(request.method, request.url);
  const type = response.headers.get('content-type') ?? undefined;
  if (operationId === undefined || type?.startsWith('text/event-stream') === true) return response;
  const text = await response.clone().text();
  // Bytes of any kind are what they are.
  const isDownload = contract.operations.get(operationId)?.responses.get(response.status)?.has('*/*') === true;
  const body = () => (text === '' ? undefined : (JSON.parse(text) as unknown));
  check(operationId, response.status, type, isDownload ? text : body());
  return response;
};

/** Holds the data of one server-sent event against the contract: it is that of one of the events of the stream. */
export function checkEvent(operationId: string, data: unknown): void {
  const events = [...(contract.operations.get(operationId)?.events.keys() ?? [])];
  const faults = events.map((event) => faultOf(contract.eventValidator(operationId, event), data));
  if (!faults.includes(undefined)) throw unfit(`No event of ${operationId} fits`, faults.join('\n'), data);
}

const sent = ['SnapshotEvent', 'RollbackEvent', 'GateEvent', 'AttentionEvent', 'TestEvent'].map((name) => ({
  $ref: `#/components/schemas/${name}`,
}));

/** Holds what a webhook was sent against the contract: it is one of the events that the contract has under `webhooks`. */
export function checkWebhookEvent(body: unknown): void {
  const faults = sent.map((schema) => faultOf(contract.schemas.validator(schema), body));
  if (!faults.includes(undefined)) throw unfit('No event of a webhook fits', faults.join('\n'), body);
}

function check(operationId: string, status: number, type: string | undefined, body: unknown): void {
  const fault = faultOf(contract.responseValidator(operationId, status, type), body);
  if (fault !== undefined) throw unfit(`The ${status} of ${operationId} does not fit`, fault, body);
}

function faultOf(validate: ReturnType<Contract['responseValidator']>, value: unknown): string | undefined {
  return validate(value) ? undefined : JSON.stringify(validate.errors, null, 2);
}

function unfit(what: string, fault: string, value: unknown): Error {
  return new Error(`${what} the contract: ${fault}\n${JSON.stringify(value, null, 2)}`);
}

/**
 * What is answered may have more properties one day than the contract has now, and clients have to bear that; today it has no others, or
 * something is said that nobody means to say.
 */
function closed<T>(node: T): T {
  if (Array.isArray(node)) return node.map(closed) as T;
  if (typeof node !== 'object' || node === null) return node;
  const inner = Object.entries(node).map(([key, value]) => [key, closed(value)] as const);
  const isObject = 'properties' in node && 'type' in node && node.type === 'object';
  return { ...(isObject && { additionalProperties: false }), ...Object.fromEntries(inner) } as T;
}
