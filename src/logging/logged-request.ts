import { isIP } from 'node:net';
import type { Contract } from '../contract/contract.js';

/**
 * The headers that may be logged, and what their values must look like to be. Whatever else a client sends stays out,
 * however it is called: a list of what must not be logged is never complete, and a value that looks odd may be a secret
 * in the wrong place.
 */
const LOGGED_HEADERS: Readonly<Record<string, RegExp>> = {
  accept: /^(\*\/\*|application\/json|text\/event-stream|text\/html)/,
  'content-encoding': /^(gzip|deflate|br|identity)$/,
  'content-length': /^\d{1,15}$/,
  'content-type': /^(application\/json|application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)/,
  // The first product and its version: "python-httpx/0.28.1".
  'user-agent': /^[A-Za-z][A-Za-z-]{0,31}\/\d{1,4}(\.\d{1,6}){0,3}(?![\w.-])/,
};

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Stands for a part of a path that is neither the contract's nor an id. */
const UNNAMED = '…';

/** What is served beside the operations of the contract. */
const OTHER_PATHS = ['docs', 'docs-json', 'guide', 'openapi.yaml', 'openapi.json'];

/** Of each allowed header the part that looks as it should. */
export function loggedHeaders(headers: Readonly<Record<string, unknown>>): Record<string, string> {
  const logged: Record<string, string> = {};
  for (const [name, pattern] of Object.entries(LOGGED_HEADERS)) {
    const value = headers[name];
    const [part] = (typeof value === 'string' && pattern.exec(value)) || [];
    if (part !== undefined) logged[name] = part;
  }
  return logged;
}

/**
 * Makes what takes the path out of a URL for the log: its words that the contract has, and ids. A query never
 * is logged, and a part that is neither may be anything: a token in the wrong place, for one.
 */
export function pathLogger(contract: Pick<Contract, 'operations'>): (url: string) => string {
  const paths = [...contract.operations.values()].map(({ path }) => path);
  const words = new Set([...paths.flatMap((path) => path.split('/')), ...OTHER_PATHS]);
  return (url) => {
    const [path = ''] = url.split(/[?#]/, 1);
    const parts = path.split('/', MOST_PARTS).map((part) => (words.has(part) || UUID.test(part) ? part : UNNAMED));
    return parts.join('/');
  };
}

/** More parts no path of the contract has; the rest would only make the line long. */
const MOST_PARTS = 12;

/** An address as it is; undefined for what is none, which a proxy may have been told. */
export function loggedAddress(address: unknown): string | undefined {
  return typeof address === 'string' && isIP(address) !== 0 ? address : undefined;
}
