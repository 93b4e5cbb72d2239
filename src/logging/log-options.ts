import { trace } from '@opentelemetry/api';
import type { Params } from 'nestjs-pino';
import pino, { type SerializedRequest, type SerializedResponse } from 'pino';
import { prettyFactory } from 'pino-pretty';
import type { Configuration } from '../config/configuration.js';
import type { Contract } from '../contract/contract.js';
import { presentRequest, requestOf } from '../request-context/request-context.js';
import { newRequestId } from '../request-context/request-ids.js';
import { GatheredLines } from './gathered-lines.js';
import { loggedError, loggedFields } from './logged-fields.js';
import { loggedAddress, loggedHeaders, pathLogger } from './logged-request.js';

const TOO_MANY_REQUESTS = 429;

/** Takes one line of JSON at a time, its end included. */
export interface LogDestination {
  write(line: string): void;
}

/** How the service logs: everything that goes into a line is named here, in `logged-fields` or in `logged-request`. */
export function logOptions(
  { LOG_LEVEL, LOG_FORMAT }: Pick<Configuration, 'LOG_LEVEL' | 'LOG_FORMAT'>,
  contract: Contract,
  destination?: LogDestination,
): Params {
  const loggedPath = pathLogger(contract);
  return {
    pinoHttp: {
      stream: destination ?? (isPretty(LOG_FORMAT) ? forPeople() : new GatheredLines(pino.destination({ sync: true }))),
      level: LOG_LEVEL,
      formatters: { log: loggedFields },
      // Given by `requestIdentity` before anything else happens.
      genReqId: ({ id }) => id ?? newRequestId(),
      mixin: askedBy,
      serializers: {
        req: ({ id, method, url, headers, remoteAddress, remotePort, raw }: SerializedRequest) => ({
          id,
          method,
          url: loggedPath(url),
          headers: loggedHeaders(headers),
          // That of the client, where a proxy is trusted to say it.
          address: loggedAddress((raw as { ip?: unknown }).ip),
          remoteAddress,
          remotePort,
        }),
        res: ({ statusCode, raw }: SerializedResponse) => ({
          statusCode,
          headers: loggedHeaders(raw.getHeaders()),
        }),
        err: loggedError,
      },
      // A flood of requests must not become one of lines; who turns them away says so once.
      customLogLevel: (_, { statusCode }) => (statusCode === TOO_MANY_REQUESTS ? 'debug' : 'info'),
      // Probes come every few seconds and say nothing new.
      autoLogging: { ignore: (request) => request.url?.startsWith('/api/v1/health') ?? false },
    },
  };
}

/** Of every line that is written while a request is handled, and of that of its end, who asked for what; and the span it is written in. */
function askedBy(line: object): Record<string, unknown> {
  const { res } = line as { res?: { req?: object } };
  const ended = res?.req && requestOf(res.req);
  const request = ended ?? presentRequest();
  // The end of an answer is written wherever the last byte of it went out.
  const { traceId, spanId } = ended ?? presentSpan() ?? request ?? {};
  if (request === undefined) return { traceId, spanId };
  const { requestId, subject: caller, organization, operation } = request;
  return { requestId, caller, organization, operation, traceId, spanId };
}

function presentSpan(): { traceId: string; spanId: string } | undefined {
  const span = trace.getActiveSpan()?.spanContext();
  return span !== undefined && trace.isSpanContextValid(span) ? span : undefined;
}

function isPretty(format: Configuration['LOG_FORMAT']): boolean {
  return format === undefined ? process.stdout.isTTY : format === 'pretty';
}

/** Each line in words, on standard output as it comes: a line of a log is worth more than the moment that writing it takes. */
function forPeople(): LogDestination {
  const colorize = process.stdout.isTTY && process.env['NO_COLOR'] === undefined;
  const pretty = prettyFactory({ colorize, translateTime: 'SYS:HH:MM:ss', ignore: 'pid,hostname', singleLine: true });
  return { write: (line) => void process.stdout.write(pretty(line)) };
}
