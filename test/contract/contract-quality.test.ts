import { describe, expect, it } from 'vitest';
import {
  contents,
  isExampled,
  operations,
  properties,
  type Property,
  resolve,
  schemas,
  tags,
  tagsOfWebhooks,
  typesOf,
} from './contract-tree.js';
import type { Node } from './contract-tree.js';
import { checkEvent } from '../harness/contract-check.js';

type Text = [name: string, text: unknown];

const saysNothing = ([, text]: Text): boolean => typeof text !== 'string' || text.trim() === '';

it('what is said beside the contract is noticed, in answers and in events', () => {
  const { example } = resolve({ $ref: '#/components/schemas/SnapshotProgress' });
  const said = example as object;
  expect(() => checkEvent('snapshotProgress', said)).not.toThrow();
  expect(() => checkEvent('snapshotProgress', { ...said, stack: 'at …' })).toThrow('fits the contract');
});

describe('everything is explained', () => {
  const texts: Record<string, Text[]> = {
    operation: operations.flatMap(({ id, operation }): Text[] => [
      [`summary of ${id}`, operation.summary],
      [id, operation.description],
    ]),
    tag: tags.map(({ name, description }) => [name, description]),
    parameter: operations.flatMap(({ id, parameters }) =>
      parameters.map(({ name, description }): Text => [`${id} ${String(name)}`, description]),
    ),
    response: operations.flatMap(({ id, responses }) =>
      responses.map(([status, { description }]): Text => [`${id} ${status}`, description]),
    ),
    schema: schemas.map(([name, { description }]) => [name, description]),
    'property, at any depth,': properties.map(({ name, schema }) => [name, schema.description]),
  };

  it.each(Object.entries(texts))('every %s', (_, described) => {
    expect(described.filter(saysNothing)).toEqual([]);
  });

  it('in sentences: each begins like one and ends with a full stop', () => {
    const sentences = Object.values(texts)
      .flat()
      .filter(([name]) => !name.startsWith('summary of'));
    expect(sentences.filter(([, text]) => !/^[A-Z0-9`][^]*[.…?]\s*$/.test(String(text)))).toEqual([]);
  });

  it('every operation has one tag that is declared, and every tag an operation', () => {
    const used = operations.map(({ operation }) => operation.tags as string[]);
    expect(used.filter(({ length }) => length !== 1)).toEqual([]);
    expect(new Set([...used.flat(), ...tagsOfWebhooks])).toEqual(new Set(tags.map(({ name }) => name)));
  });

  it('every body, asked for or answered, has an example', () => {
    const bodies = operations.flatMap(({ id, requestBody, responses }) => [
      ...contents(requestBody).map(([, content]): [string, Node] => [id, content]),
      ...responses.flatMap(([status, response]) =>
        contents(response).map(([, content]): [string, Node] => [`${id} ${status}`, content]),
      ),
    ]);
    expect(bodies.filter(([, content]) => !isExampled(content)).map(([name]) => name)).toEqual([]);
  });
});

describe('lists', () => {
  const answers = operations.flatMap(({ id, parameters, responses }) => {
    const [, ok = {}] = responses.find(([status]) => status === '200') ?? [];
    const [, content] = contents(ok).find(([type]) => type === 'application/json') ?? [];
    if (content === undefined) return [];
    const { properties = {}, required = [], type } = resolve(content.schema as Node);
    return [{ id, parameters, type, hasItems: 'items' in (properties as Node), required: required as string[] }];
  });
  const lists = answers.filter(
    ({ id }) => id.endsWith('List') || ['retentionPlan', 'retentionPreview', 'usageView'].includes(id),
  );

  it('are the answers that have items; the others are single things', () => {
    expect(answers.filter(({ type }) => type !== 'object')).toEqual([]);
    expect(answers.filter(({ hasItems }) => hasItems)).toEqual(lists);
  });

  it('are pages', () => {
    const page = ['items', 'total', 'limit', 'offset'];
    expect(lists.filter(({ required }) => !page.every((name) => required.includes(name)))).toEqual([]);
  });

  it('take limit and offset, and nothing else does', () => {
    const takers = answers.filter(({ parameters }) => {
      const names = parameters.map(({ name }) => name);
      return names.includes('limit') || names.includes('offset');
    });
    expect(takers).toEqual(lists);
  });
});

describe('names', () => {
  const last = ({ name }: Property): string => name.split('.').at(-1)!;
  const names = (of: Property[]): string[] => of.map(({ name }) => name);
  const numbers = properties.filter((property) =>
    typesOf(property).some((type) => type === 'integer' || type === 'number'),
  );

  it('of operations are a noun and a verb, each used once', () => {
    const ids = operations.map(({ id }) => id);
    expect(ids.filter((id) => !/^[a-z]+([A-Z][a-z]+)+$/.test(id))).toEqual([]);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('of times end in At or Until, and what ends so is one', () => {
    // CloudEvents say "time", and "at" what moment something was so, and "since" or "until" when, are as plain by themselves.
    const called = properties.filter((property) => /(At|Until|Since|^at|^since|^time)$/.test(last(property)));
    expect(names(called)).toEqual(names(properties.filter(({ schema }) => schema.format === 'date-time')));
  });

  it('of numbers say their unit, or what they count', () => {
    const unit = /(Bytes|Seconds|Minutes|Hours|Ms|Days|BytesPerSecond)$|^bytes(Done|Total|PerSecond)$/;
    const plain =
      /(Count|Files)$|^(files(Done|Total)|count|total|limit|offset|maxPinned|percent|port|used|sequence|status|mode|uid|gid|keep|keep(Last|Hourly|Daily|Weekly|Monthly|Yearly))$/;
    const nameless = numbers.filter((property) => !unit.test(last(property)) && !plain.test(last(property)));
    expect(names(nameless)).toEqual([]);
  });

  it('of sizes and milliseconds mean whole numbers from 0 on', () => {
    const measured = properties.filter((property) => /(Bytes|Ms)$|^bytes/.test(last(property)));
    expect(measured.length).toBeGreaterThan(15);
    const odd = measured.filter((property) => !typesOf(property).includes('integer') || property.schema.minimum !== 0);
    expect(names(odd)).toEqual([]);
  });

  it('agree with descriptions that speak of bytes or milliseconds', () => {
    const speaking = numbers.filter(({ schema }) => /\b(bytes|size|milliseconds)\b/i.test(String(schema.description)));
    expect(names(speaking.filter((property) => !/bytes|Ms$/i.test(last(property))))).toEqual([]);
  });
});
