import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';

const FILE = join(import.meta.dirname, '..', '..', 'openapi.yaml');
const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** The contract, for those who describe it. References are followed where they are asked for. */
export class Contract {
  constructor(document = parse(readFileSync(FILE, 'utf8'))) {
    this.document = document;
  }

  /** What a reference leads to, or the thing itself. */
  follow(thing) {
    if (thing.$ref === undefined) return thing;
    return thing.$ref
      .split('/')
      .slice(1)
      .reduce((place, step) => place[step], this.document);
  }

  /** The operations of a tag, in the order of the contract: what people call, and what webhooks are sent. */
  operationsOf(tag) {
    const { paths, webhooks = {} } = this.document;
    const called = Object.entries(paths).flatMap(([path, item]) => operations(item, path));
    const sent = Object.values(webhooks).flatMap((item) => operations(item));
    return [...called, ...sent].filter(({ tags }) => tags.includes(tag));
  }

  /** The problems that an answer may be, from its examples. */
  problemsOf(response) {
    const content = this.follow(response).content?.['application/problem+json'];
    if (content === undefined) return [];
    const examples = Object.values(content.examples ?? {}).map((example) => this.follow(example).value);
    return content.example === undefined ? examples : [content.example, ...examples];
  }
}

function operations(item, path) {
  return METHODS.filter((method) => item[method] !== undefined).map((method) => ({
    ...item[method],
    method,
    path,
    parameters: [...(item.parameters ?? []), ...(item[method].parameters ?? [])],
  }));
}
