import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';

/** The parts of an OpenAPI 3.1 document that this service reads. */
export interface OpenApiDocument {
  openapi: string;
  info: { title: string; version: string };
  security?: SecurityRequirement[];
  paths: Record<string, PathItem>;
  components: Record<string, Record<string, unknown>>;
}

export type SecurityRequirement = Record<string, string[]>;

/** A JSON Schema (2020-12) in object form. */
export type Schema = Readonly<Record<string, unknown>>;

export interface Reference {
  $ref: string;
}

export interface Parameter {
  name: string;
  in: 'path' | 'query' | 'header';
  required?: boolean;
  schema: Schema;
}

export interface RequestBody {
  required?: boolean;
  content: Record<string, { schema: Schema }>;
}

export interface Response {
  content?: Record<string, { schema: Schema }>;
}

export interface OperationObject {
  operationId: string;
  security?: SecurityRequirement[];
  parameters?: (Parameter | Reference)[];
  requestBody?: RequestBody | Reference;
  responses: Record<string, Response | Reference>;
  deprecated?: boolean;
  /** Since when, as a date; with `deprecated`. */
  'x-deprecated-since'?: string;
  /** From when on it may be gone, as a date; with `deprecated`. */
  'x-sunset'?: string;
  /** Of a stream: what the `data` of each kind of event is. */
  'x-events'?: Record<string, Schema>;
}

export const METHODS = ['get', 'post', 'put', 'patch', 'delete'] as const;
export type Method = (typeof METHODS)[number];

export type PathItem = { parameters?: (Parameter | Reference)[] } & Partial<Record<Method, OperationObject>>;

/** openapi.yaml lies at the root of the package: some folders above, how many depends on where the build went. */
function contractFile(): string {
  for (let folder = import.meta.dirname; ; folder = dirname(folder)) {
    const path = join(folder, 'openapi.yaml');
    if (existsSync(path)) return path;
    if (folder === dirname(folder)) throw new Error(`There is no openapi.yaml in or above ${import.meta.dirname}.`);
  }
}

/** The contract as it was written and as it is meant. Throws when the file is missing or no YAML. */
export function readContract(): { text: string; document: OpenApiDocument } {
  const text = readFileSync(contractFile(), 'utf8');
  return { text, document: parse(text) as OpenApiDocument };
}

/** What a reference within the document, such as `#/components/schemas/Name`, stands for. */
export function resolveReference(document: OpenApiDocument, reference: string): unknown {
  const found = reference
    .replace(/^#\//, '')
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    .reduce<unknown>((at, part) => (at as Record<string, unknown> | undefined)?.[part], document);
  if (found === undefined) throw new Error(`The contract refers to ${reference}, which is not there.`);
  return found;
}
