import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { waitUntil } from '../e2e/wait-until.js';

/** A span as it was exported, with its attributes by name. */
export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId: string | undefined;
  name: string;
  kind: number;
  traceState: string | undefined;
  /** Nanoseconds since 1970. */
  begin: bigint;
  end: bigint;
  isFailed: boolean;
  attributes: Record<string, string | number | boolean>;
  /** Of the process that made it. */
  resource: Record<string, string | number | boolean>;
}

/** Takes traces as OTLP over HTTP, in JSON, on a port of this machine. */
export interface TraceReceiver {
  url: string;
  /** What came so far. */
  spans(): ReceivedSpan[];
  /** The bodies, as they came. */
  bodies(): string[];
  requests(): { path: string; headers: IncomingHttpHeaders }[];
  /** The spans of the first kind of trace for which `found` answers; polls. */
  waitFor<T>(what: string, found: (spans: ReceivedSpan[]) => T | false | undefined, seconds?: number): Promise<T>;
  /** How it answers from here on; undefined: as it should. */
  behave(answer: ((response: ServerResponse) => void) | undefined): void;
  close(): Promise<void>;
}

const ERROR_STATUS = 2;

export async function startTraceReceiver(port = 0): Promise<TraceReceiver> {
  const bodies: string[] = [];
  const requests: { path: string; headers: IncomingHttpHeaders }[] = [];
  let behaviour: ((response: ServerResponse) => void) | undefined;
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (text: string) => (body += text));
    request.on('end', () => {
      requests.push({ path: request.url ?? '', headers: request.headers });
      if (behaviour !== undefined) return behaviour(response);
      bodies.push(body);
      response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const spans = () => bodies.flatMap(spansIn);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    spans,
    bodies: () => bodies,
    requests: () => requests,
    waitFor: (what, found, seconds = 20) => waitUntil(what, () => found(spans()), { seconds }),
    behave: (answer) => void (behaviour = answer),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** The spans below one, whatever lies between. */
export function below(spans: readonly ReceivedSpan[], top: ReceivedSpan): ReceivedSpan[] {
  const children = spans.filter(({ parentSpanId, traceId }) => parentSpanId === top.spanId && traceId === top.traceId);
  return children.flatMap((child) => [child, ...below(spans, child)]);
}

interface Attribute {
  key: string;
  value: { stringValue?: string; intValue?: number | string; doubleValue?: number; boolValue?: boolean };
}

interface ExportedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  traceState?: string;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  status?: { code?: number };
  attributes?: Attribute[];
}

interface Exported {
  resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: ExportedSpan[] }[] }[];
}

function spansIn(body: string): ReceivedSpan[] {
  const { resourceSpans } = JSON.parse(body) as Exported;
  return resourceSpans.flatMap(({ resource, scopeSpans }) => {
    const of = byName(resource.attributes);
    return scopeSpans.flatMap(({ spans }) => spans.map((span) => ({ ...toReceived(span), resource: of })));
  });
}

function toReceived(span: ExportedSpan): Omit<ReceivedSpan, 'resource'> {
  const { traceId, spanId, parentSpanId, name, kind, traceState } = span;
  return {
    ...{ traceId, spanId, parentSpanId: parentSpanId || undefined, name, kind, traceState },
    begin: BigInt(span.startTimeUnixNano),
    end: BigInt(span.endTimeUnixNano),
    isFailed: span.status?.code === ERROR_STATUS,
    attributes: byName(span.attributes ?? []),
  };
}

function byName(attributes: readonly Attribute[]): Record<string, string | number | boolean> {
  const values = attributes.map(({ key, value: { stringValue, intValue, doubleValue, boolValue } }) => [
    key,
    stringValue ?? (intValue === undefined ? (doubleValue ?? boolValue ?? '') : Number(intValue)),
  ]);
  return Object.fromEntries(values) as Record<string, string | number | boolean>;
}
