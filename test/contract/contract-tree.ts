import { Contract } from '../../src/contract/contract.js';
import { METHODS, resolveReference } from '../../src/contract/openapi-document.js';

/** Any object in the document. */
export type Node = Readonly<Record<string, unknown>>;

/** One operation as it is written, references of the first level followed. */
export interface WrittenOperation {
  id: string;
  operation: Node;
  parameters: Node[];
  requestBody: Node;
  responses: [status: string, response: Node][];
}

export interface Property {
  /** Where it stands: the schema's name and those of the properties on the way, separated by dots. */
  name: string;
  /** What it refers to is written out, one level deep. */
  schema: Node;
}

export const contract = Contract.load();
const document = contract.document as unknown as Node;
const components = document.components as Record<string, Record<string, Node>>;

export const schemas: [name: string, schema: Node][] = Object.entries(components.schemas!);
export const tags = document.tags as { name: string; description?: string }[];

/** The tags of what the service sends. */
export const tagsOfWebhooks = Object.values(document.webhooks as Record<string, { post: { tags: string[] } }>).flatMap(
  ({ post }) => post.tags,
);

export const operations: WrittenOperation[] = Object.values(document.paths as Record<string, Node>).flatMap((item) =>
  METHODS.filter((method) => item[method] !== undefined).map((method) => written(item, item[method] as Node)),
);

function written(item: Node, operation: Node): WrittenOperation {
  const parameters = [...((item.parameters ?? []) as Node[]), ...((operation.parameters ?? []) as Node[])];
  const responses = Object.entries(operation.responses as Record<string, Node>);
  return {
    id: String(operation.operationId),
    operation,
    parameters: parameters.map(resolve),
    requestBody: resolve((operation.requestBody ?? {}) as Node),
    responses: responses.map(([status, response]) => [status, resolve(response)]),
  };
}

/** What a node stands for; what stands beside its `$ref` wins. */
export function resolve(node: Node): Node {
  if (typeof node.$ref !== 'string') return node;
  const { $ref, ...beside } = node;
  return { ...resolve(resolveReference(contract.document, $ref) as Node), ...beside };
}

/** The contents of a body, by type. */
export function contents({ content = {} }: Node): [type: string, content: Node][] {
  return Object.entries(content as Record<string, Node>);
}

/** Every property of every schema, also of schemas that stand within others. */
export const properties: Property[] = schemas.flatMap(([name, schema]) => below(name, schema));

function below(name: string, schema: Node): Property[] {
  // What a reference leads to is found under its own name.
  const { properties = {}, items, additionalProperties, oneOf } = schema;
  const inner = [items, additionalProperties, oneOf].flat().filter(isNode);
  const direct = Object.entries(properties as Record<string, Node>).flatMap(([property, of]) => [
    { name: `${name}.${property}`, schema: resolve(of) },
    ...below(`${name}.${property}`, of),
  ]);
  return [...direct, ...inner.flatMap((one) => below(name, one))];
}

/** The types a value may have. */
export function typesOf({ schema }: Property): unknown[] {
  return [schema.type].flat();
}

/** Whether there is an example for a body: its own, its schema's, or one for each of the parts it is made of or may be. */
export function isExampled({ example, examples, schema }: Node): boolean {
  return example !== undefined || examples !== undefined || isSchemaExampled(schema as Node);
}

function isSchemaExampled(schema: Node): boolean {
  const { example, properties = {}, items } = resolve(schema);
  if (example !== undefined) return true;
  if (isNode(items)) return isSchemaExampled(items);
  const parts = Object.values(properties as Record<string, Node>);
  return parts.length > 0 && parts.every(isSchemaExampled);
}

/** The examples that are written at a body itself. */
export function examplesOf({ example, examples = {} }: Node): unknown[] {
  const named = Object.values(examples as Record<string, Node>).map((one) => resolve(one).value);
  return example === undefined ? named : [example, ...named];
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
