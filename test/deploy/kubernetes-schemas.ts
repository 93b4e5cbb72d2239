import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { gatewayApi, kubernetes, prometheusOperator } from './tools.js';

type Node = Record<string, unknown>;

/** What kubeconform is told for the directory that `writeSchemas` fills. */
export const LOCATION = '{{ .ResourceKind }}{{ .KindSuffix }}.json';

/**
 * Writes a JSON schema for each kind of Kubernetes, of Prometheus' operator and of the Gateway API, by their own descriptions: what
 * kubeconform else downloads, made by others of the same. Nothing that they do not name is let through.
 */
export async function writeSchemas(directory: string): Promise<void> {
  const { definitions } = JSON.parse(await readFile(await kubernetes(), 'utf8')) as {
    definitions: Record<string, Node>;
  };
  const strict = Object.fromEntries(
    Object.entries(definitions).map(([name, node]) => [name, strictly(named(name, node))]),
  );
  for (const [name, definition] of Object.entries(strict)) {
    const kinds = definition['x-kubernetes-group-version-kind'] as { group: string; version: string; kind: string }[];
    const [one] = kinds ?? [];
    if (one === undefined || kinds.length !== 1) continue;
    const schema = { $ref: `#/definitions/${name}`, definitions: neededBy(name, strict) };
    await writeFile(join(directory, fileOf(one)), JSON.stringify(schema));
  }
  for (const folder of [await prometheusOperator(), await gatewayApi()]) await writeCustom(folder, directory);
}

async function writeCustom(folder: string, directory: string): Promise<void> {
  for (const file of (await readdir(folder)).filter((name) => name.endsWith('.yaml'))) {
    for (const document of parseAllDocuments(await readFile(join(folder, file), 'utf8'))) {
      const { kind, spec } = document.toJS() as { kind?: string; spec: CustomSpec };
      if (kind !== 'CustomResourceDefinition') continue;
      for (const { name: version, schema } of spec.versions) {
        const of = { group: spec.group, version, kind: spec.names.kind };
        await writeFile(join(directory, fileOf(of)), JSON.stringify(strictly(schema.openAPIV3Schema)));
      }
    }
  }
}

interface CustomSpec {
  group: string;
  names: { kind: string };
  versions: { name: string; schema: { openAPIV3Schema: Node } }[];
}

function fileOf({ group, version, kind }: { group: string; version: string; kind: string }): string {
  // kubeconform takes the first word of a group: `networking` of `networking.k8s.io`.
  const [word = ''] = group.split('.');
  return `${[kind.toLowerCase(), ...(word === '' ? [] : [word]), version].join('-')}.json`;
}

/** Those are strings in the description, and may be written as numbers. */
function named(name: string, node: Node): Node {
  if (/\.(Quantity|IntOrString)$/.test(name)) return { type: ['string', 'number'] };
  return node;
}

/** The same, with no other properties than it names. */
function strictly(node: unknown): Node {
  if (Array.isArray(node)) return node.map(strictly) as unknown as Node;
  if (typeof node !== 'object' || node === null) return node as Node;
  const { format: _, ...rest } = node as Node;
  const made: Node = Object.fromEntries(Object.entries(rest).map(([key, value]) => [key, strictly(value)]));
  const isOpen = 'additionalProperties' in made || made['x-kubernetes-preserve-unknown-fields'] === true;
  const isObject = typeof made['properties'] === 'object' && made['type'] === 'object';
  return isObject && !isOpen ? { ...made, additionalProperties: false } : made;
}

function neededBy(name: string, all: Readonly<Record<string, Node>>): Record<string, Node> {
  const needed = new Map<string, Node>();
  const open = [name];
  for (let next; (next = open.pop()) !== undefined;) {
    if (needed.has(next)) continue;
    needed.set(next, all[next]!);
    open.push(...[...JSON.stringify(all[next]).matchAll(/"#\/definitions\/([^"]+)"/g)].map(([, found]) => found!));
  }
  return Object.fromEntries(needed);
}
