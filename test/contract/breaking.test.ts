import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { judge, readAccepted } from '../../scripts/contract/breaking/accepted.js';
import { breakingChanges } from '../../scripts/contract/breaking/breaking-changes.js';
import { lastRelease } from '../../scripts/contract/breaking/last-release.js';
import type { Node } from '../../scripts/contract/breaking/node.js';
import { removedValues } from '../../scripts/contract/breaking/removed-values.js';
import { missing } from '../../scripts/toolchains/tools.js';

const root = join(import.meta.dirname, '..', '..');
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: { 'contract:breaking': string };
};
const directory = mkdtempSync(join(tmpdir(), 'snapback-test-breaking-'));
const [lacks] = missing(['go']);

afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A small contract: one thing that is asked for, one that is watched, and one that is made. */
function contract(change: { states?: string[]; required?: string[]; progress?: Node; without?: string } = {}): Node {
  const { states = ['running', 'ended'], required = ['name'], without } = change;
  const progress = change.progress ?? { percent: { type: 'number' }, state: { $ref: '#/components/schemas/State' } };
  const properties = {
    id: { type: 'string' },
    note: { type: ['string', 'null'] },
    steps: { type: 'array', items: { type: 'object', properties: { state: { $ref: '#/components/schemas/State' } } } },
    last: { oneOf: [{ $ref: '#/components/schemas/State' }, { type: 'null' }] },
  };
  const kept = Object.entries(properties).filter(([name]) => name !== without);
  const json = (schema: Node) => ({ 'application/json': { schema } });
  const thing = { description: 'A thing.', content: json({ $ref: '#/components/schemas/Thing' }) };
  return {
    openapi: '3.1.1',
    info: { title: 'Things', version: '1.0.0' },
    paths: {
      '/things': {
        get: { operationId: 'thingView', responses: { 200: thing } },
        post: {
          operationId: 'thingCreate',
          requestBody: {
            content: json({
              type: 'object',
              required,
              properties: { name: { type: 'string' }, place: { type: 'string' } },
            }),
          },
          responses: { 201: thing },
        },
      },
      '/things/progress': {
        get: {
          operationId: 'thingProgress',
          responses: {
            200: { description: 'A stream.', content: { 'text/event-stream': { schema: { type: 'string' } } } },
          },
          'x-events': { progress: { $ref: '#/components/schemas/Progress' } },
        },
      },
    },
    components: {
      schemas: {
        State: { type: 'string', enum: states },
        Thing: {
          type: 'object',
          required: ['id', 'note'].filter((name) => name !== without),
          properties: Object.fromEntries(kept),
        },
        Progress: { type: 'object', required: Object.keys(progress), properties: progress },
      },
    },
  };
}

describe('a value that answers no longer have', () => {
  it('is found wherever it could stand, in lists, beside null and in events', () => {
    const changes = removedValues(contract(), contract({ states: ['running', 'done'] }));
    expect(changes.map(({ place, sentence }) => `${place}: ${sentence}`)).toEqual([
      `GET /things: The 200's body.steps[].state can no longer be "ended", for which clients may wait.`,
      `GET /things: The 200's body.last can no longer be "ended", for which clients may wait.`,
      `POST /things: The 201's body.steps[].state can no longer be "ended", for which clients may wait.`,
      `POST /things: The 201's body.last can no longer be "ended", for which clients may wait.`,
      `GET /things/progress: The event progress.state can no longer be "ended", for which clients may wait.`,
    ]);
  });

  it('is none that was added', () => {
    expect(removedValues(contract(), contract({ states: ['running', 'ended', 'lost'] }))).toEqual([]);
  });

  it('is found once in a schema that is a part of itself', () => {
    const tree = (values: string[]): Node => ({
      paths: {
        '/tree': {
          get: {
            responses: { 200: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Tree' } } } } },
          },
        },
      },
      components: {
        schemas: {
          Tree: {
            type: 'object',
            properties: {
              kind: { type: 'string', enum: values },
              below: { type: 'array', items: { $ref: '#/components/schemas/Tree' } },
            },
          },
        },
      },
    });
    expect(removedValues(tree(['leaf', 'bough']), tree(['leaf'])).map(({ sentence }) => sentence)).toEqual([
      `The 200's body.kind can no longer be "bough", for which clients may wait.`,
    ]);
  });
});

describe('what is accepted', () => {
  const change = { id: 'a-rule', place: 'GET /things', sentence: 'It is gone.' };

  it('covers the changes of its rule and operation, with its reason', () => {
    const list = readAccepted('[{ id: a-rule, path: GET /things, reason: It leaked names. }]');
    const other = { ...change, place: 'POST /things' };
    expect(judge([change, other], list)).toEqual({
      refused: [other],
      accepted: [{ ...change, reason: 'It leaked names.' }],
      idle: [],
    });
  });

  it('is idle when nothing needs it', () => {
    const list = readAccepted('[{ id: another-rule, path: GET /things, reason: It leaked names. }]');
    expect(judge([change], list)).toMatchObject({ refused: [change], idle: list });
  });

  it.each([
    '[{ id: a-rule, path: GET /things }]',
    '[{ id: a-rule, path: GET /things, reason: " " }]',
    '{ id: a-rule }',
  ])('needs a reason: %s', (text) => {
    expect(() => readAccepted(text)).toThrow(/has to be a list|needs an id, a path and a reason/);
  });

  it('may be nothing', () => {
    expect(readAccepted('# nothing\n')).toEqual([]);
  });
});

it('the last release is the newest by its numbers', () => {
  const releases = join(directory, 'releases');
  mkdirSync(releases);
  expect(() => lastRelease(releases)).toThrow('No contract of a release');
  for (const name of ['0.9.1.yaml', '0.10.0.yaml', '0.9.10.yaml', 'accepted.yaml', 'README.md']) {
    writeFileSync(join(releases, name), '');
  }
  expect(lastRelease(releases)).toBe('0.10.0.yaml');
});

// oasdiff is built once on each machine, which takes a minute or two.
describe('between two contracts', { timeout: 600_000 }, () => {
  beforeEach(({ skip }) => skip(lacks !== undefined, `${lacks} is not on this machine.`));

  const cases: [what: string, change: Parameters<typeof contract>[0], found: string[]][] = [
    ['nothing breaks when they are the same', {}, []],
    ['a new value of an answer breaks nothing', { states: ['running', 'ended', 'lost'] }, []],
    [
      'a property that a request has to have now breaks',
      { required: ['name', 'place'] },
      ['request-property-became-required POST /things'],
    ],
    [
      'a property that an answer has no more breaks',
      { without: 'note' },
      ['response-required-property-removed GET /things', 'response-required-property-removed POST /things'],
    ],
    [
      'a property that an event has no more breaks',
      { progress: { percent: { type: 'number' } } },
      ['response-required-property-removed GET /things/progress'],
    ],
    [
      'a value that is never said again breaks, once for each place',
      { states: ['running'] },
      [
        ...['GET /things', 'GET /things', 'POST /things', 'POST /things', 'GET /things/progress'].map(
          (place) => `response-enum-value-removed ${place}`,
        ),
      ],
    ],
  ];
  it.each(cases)('%s', async (_, change, found) => {
    const changes = await breakingChanges(contract(), contract(change));
    expect(changes.map(({ id, place }) => `${id} ${place}`)).toEqual(found);
  });

  it('nobody is broken by openapi.yaml but for a reason that is written down', async () => {
    const { stdout } = await check();
    expect(stdout).toMatch(/^openapi\.yaml and \d+\.\d+\.\d+\.yaml: 0 changes break clients, \d+ are accepted\.$/m);
  });
});

it('where Go is missing the check says what to install, and that it cannot tell', async () => {
  await expect(check({ PATH: directory })).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/^This needs Go .* or as the package golang-go of Debian\.$/m),
  });
});

/** `npm run contract:breaking` of this repository. Rejects with its exit status and what it said. */
async function check(env: NodeJS.ProcessEnv = {}): Promise<{ stdout: string }> {
  const [command, ...rest] = scripts['contract:breaking'].split(' ');
  expect(command).toBe('node');
  return promisify(execFile)(process.execPath, rest, { cwd: root, env: { ...process.env, ...env } });
}
