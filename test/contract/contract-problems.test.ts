import { describe, expect, it } from 'vitest';
import { errors } from '../../src/errors/catalogue.js';
import type { Problem } from '../../src/errors/problem.js';
import { contents, contract, examplesOf, operations, schemas } from './contract-tree.js';
import type { Node } from './contract-tree.js';

const PROBLEM = 'application/problem+json';

/** Every answer that the contract declares. */
const answers = operations.flatMap(({ id, responses }) =>
  responses.map(([status, response]) => ({ id, status: Number(status), contents: contents(response) })),
);
const refusals = answers.filter(({ status }) => status >= 400);

describe('examples', () => {
  const fault = (validate: ReturnType<typeof contract.schemas.validator>, value: unknown): string | null =>
    validate(value) === true
      ? null
      : JSON.stringify(validate.errors?.map(({ instancePath, message }) => `${instancePath} ${message}`));

  it('of schemas fit them', () => {
    const faults = schemas
      .filter(([, { example }]) => example !== undefined)
      .map(([name, { example }]) => [
        name,
        fault(contract.schemas.validator({ $ref: `#/components/schemas/${name}` }), example),
      ]);
    expect(faults.filter(([, found]) => found !== null)).toEqual([]);
  });

  it('of answers fit them', () => {
    const faults = answers.flatMap(({ id, status, contents }) =>
      contents.flatMap(([type, content]) =>
        examplesOf(content).map((value) => [id, status, fault(contract.responseValidator(id, status, type), value)]),
      ),
    );
    expect(faults.filter(([, , found]) => found !== null)).toEqual([]);
  });

  it('of bodies asked for fit them', () => {
    const asked = operations.flatMap(({ id, requestBody }) =>
      contents(requestBody).flatMap(([, content]) => examplesOf(content).map((value) => [id, content.schema, value])),
    );
    const faults = asked.map(([id, schema, value]) => [id, fault(contract.schemas.validator(schema as Node), value)]);
    expect(asked).not.toEqual([]);
    expect(faults.filter(([, found]) => found !== null)).toEqual([]);
  });

  it('of parameters fit them', () => {
    const faults = operations.flatMap(({ id, parameters }) =>
      parameters
        .filter(({ example }) => example !== undefined)
        .map(({ name, schema, example }) => [id, name, fault(contract.schemas.validator(schema as Node), example)]),
    );
    expect(faults.filter(([, , found]) => found !== null)).toEqual([]);
  });
});

describe('problems', () => {
  const codes = schemas.find(([name]) => name === 'ProblemCode')![1].enum as string[];
  /** One of each that the service can throw. */
  const thrown = Object.entries(errors).map(([name, make]) => {
    const takesList = ['validationFailed', 'rollbackRefused', 'planChanged', 'itemsNotFound'].includes(name);
    const last = name === 'methodNotAllowed' ? [['GET']] : [];
    const second = name === 'snapshotLocked' ? new Date() : 'text';
    return (make as (...values: unknown[]) => Problem)(...(takesList ? [[]] : ['text', second, ...last]));
  });
  const plain = ({ code, title, status }: Pick<Problem, 'code' | 'title' | 'status'>): string =>
    `${code} ${status} ${title}`;
  const known = new Set(thrown.map(plain));

  it('the service throws every code of the contract, and no other', () => {
    expect(new Set(thrown.map(({ code }) => code))).toEqual(new Set(codes));
  });

  it('a code always has the same status and title', () => {
    expect(known.size).toBe(codes.length);
  });

  it('every 4xx and 5xx is a problem document, and nothing else is', () => {
    const typesOf = ({ contents }: (typeof answers)[number]): string => contents.map(([type]) => type).join();
    expect(new Set(refusals.map(typesOf))).toEqual(new Set([PROBLEM]));
    const others = answers.filter((answer) => !refusals.includes(answer));
    expect(others.filter((answer) => typesOf(answer).includes('problem'))).toEqual([]);
  });

  it('each has an example, as the service would send it', () => {
    const examples = refusals.map(({ id, status, contents }) => ({
      id,
      status,
      problems: contents.flatMap(([, content]) => examplesOf(content)) as Problem[],
    }));
    const odd = examples.filter(
      ({ status, problems }) =>
        problems.length === 0 || !problems.every((problem) => problem.status === status && known.has(plain(problem))),
    );
    expect(odd).toEqual([]);
    const all = examples.flatMap(({ problems }) => problems) as (Problem & { type: string })[];
    expect(all.filter(({ type, code }) => type !== `urn:snapback:problem:${code}`)).toEqual([]);
  });

  it('every code has an example somewhere', () => {
    const shown = refusals.flatMap(({ contents }) => contents.flatMap(([, content]) => examplesOf(content)));
    // What no operation can answer: it is what there is where there is no operation.
    const ofOperations = codes.filter((code) => code !== 'method-not-allowed');
    expect(new Set((shown as Problem[]).map(({ code }) => code))).toEqual(new Set(ofOperations));
  });

  it('each operation declares those of the gates that every request goes through', () => {
    const missing = [...contract.operations.values()].flatMap(({ id, path, needsToken, body, responses }) =>
      [
        ...[422, 500],
        ...(needsToken ? [401, 403] : []),
        ...(path.includes('{') ? [404] : []),
        ...(body === null ? [] : [400, 413, 415]),
      ]
        .filter((status) => !responses.has(status))
        .map((status) => `${id} ${status}`),
    );
    expect(missing).toEqual([]);
  });
});
