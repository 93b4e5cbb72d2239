import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { ConfigurationError } from '../config/configuration-error.js';

/** What the operator has listed for one organization. */
export interface ListedPlaces {
  filestoreRoots?: string[];
  secretsRoot?: string;
  /** Names of variables that hold connection URLs. */
  environmentVariables?: string[];
  databaseHosts?: string[];
  hookHosts?: string[];
  webhookHosts?: string[];
  hookCommands?: Record<string, string>;
}

const texts = { type: 'array', items: { type: 'string', minLength: 1 } };
const directory = { type: 'string', pattern: '^/' };
const SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['organizations'],
  properties: {
    organizations: {
      type: 'object',
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        properties: {
          filestoreRoots: { type: 'array', items: directory },
          secretsRoot: directory,
          environmentVariables: { type: 'array', items: { type: 'string', pattern: '^ENVIRONMENT_[A-Z0-9_]+$' } },
          databaseHosts: texts,
          hookHosts: texts,
          webhookHosts: texts,
          hookCommands: { type: 'object', additionalProperties: directory },
        },
      },
    },
  },
};

/** Reads the file (YAML or JSON). Throws a `ConfigurationError` that says where what is wrong stands in it. */
export function readPlacesFile(path: string): Map<string, ListedPlaces> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (cause) {
    throw new ConfigurationError(`PLACES_FILE ${JSON.stringify(path)} cannot be read.`, { cause });
  }
  return parsePlaces(text, path);
}

/** The same from its text. */
export function parsePlaces(text: string, path: string): Map<string, ListedPlaces> {
  const wrong = (what: string, cause?: unknown) =>
    new ConfigurationError(`PLACES_FILE ${JSON.stringify(path)}: ${what}.`, { cause });
  let document: unknown;
  try {
    document = parse(text);
  } catch (cause) {
    throw wrong(`it is no YAML that can be read (${(cause as Error).message.split('\n')[0]})`, cause);
  }
  const ajv = new Ajv2020();
  if (!ajv.validate(SCHEMA, document)) {
    const [first] = ajv.errors ?? [];
    const extra = (first?.params as { additionalProperty?: string } | undefined)?.additionalProperty;
    const named = extra === undefined ? '' : ` (${JSON.stringify(extra)})`;
    throw wrong(`${first?.instancePath || 'the document'} ${first?.message}${named}`);
  }
  return new Map(Object.entries((document as { organizations: Record<string, ListedPlaces> }).organizations));
}
