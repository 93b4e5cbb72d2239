import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, it, vi } from 'vitest';
import { Problem } from '../errors/problem.js';
import { Contract } from './contract.js';
import { checkRequest, type RawRequest } from './request-check.js';

const ID = '2b8d8f0e-3a43-4f0c-8a57-6f0d5f1f2a02';
const contract = Contract.load();

function check(operationId: string, raw: Partial<RawRequest>) {
  const operation = contract.operations.get(operationId);
  if (operation === undefined) throw new Error(`There is no ${operationId}.`);
  return checkRequest(contract, operation, { path: {}, query: {}, headers: {}, body: undefined, ...raw });
}

/** Each field and message of the refusal. */
function faults(operationId: string, raw: Partial<RawRequest>): string[] {
  try {
    check(operationId, raw);
  } catch (error) {
    if (error instanceof Problem) return (error.errors ?? []).map(({ field, message }) => `${field}: ${message}`);
    throw error;
  }
  return [];
}

const create = (body: object): string[] =>
  faults('environmentCreate', { path: { projectId: ID }, body: { name: 'shop', type: 'production', ...body } });
const update = (body: object): string[] =>
  faults('environmentUpdate', { path: { projectId: ID, environmentId: ID }, body });

describe('checkRequest', () => {
  it('gives parameters their types and defaults', () => {
    const query = { pinned: 'true', limit: '5', status: 'completed' };
    expect(check('snapshotList', { path: { environmentId: ID }, query })).toEqual({
      path: { environmentId: ID },
      query: { pinned: true, limit: 5, offset: 0, status: 'completed' },
      headers: {},
      body: undefined,
    });
  });

  it('takes no number that JavaScript cannot hold, and no boolean but true and false', () => {
    const path = { environmentId: ID };
    expect(faults('snapshotList', { path, query: { offset: '9007199254740993' } })).toEqual([
      'offset: must be an integer',
    ]);
    expect(faults('snapshotList', { path, query: { pinned: '1' } })).toEqual(['pinned: must be true or false']);
  });

  it('does not turn text into numbers in a body', () => {
    expect(faults('settingsUpdate', { path: { environmentId: ID }, body: { retentionDays: '30' } })).toEqual([
      'retentionDays: must be an integer or null',
    ]);
  });

  it('leaves an update as small as it was sent', () => {
    const body = { labels: { team: 'sales' } };
    expect(check('environmentUpdate', { path: { projectId: ID, environmentId: ID }, body }).body).toEqual(body);
  });

  it('compiles nothing for a wrong request that it has not compiled for the one before', () => {
    const wrong = [{}, { kind: 'url' }, { kind: 'variable', env: 5 }, { kind: 'file', x: 1 }];
    const ask = () => wrong.forEach((database) => create({ database }));
    ask();
    const compile = vi.spyOn(Ajv2020.prototype, 'compile');
    ask();
    expect(compile).not.toHaveBeenCalled();
    compile.mockRestore();
  });

  it('completes the connection in an update', () => {
    const database = { kind: 'connection', host: 'db', database: 'shop', user: 'shop' };
    const checked = check('environmentUpdate', { path: { projectId: ID, environmentId: ID }, body: { database } });
    expect(checked.body).toEqual({ database: { ...database, port: 5432 } });
  });

  it.each([
    [{ database: {} }, ['database.kind: is required']],
    [{ database: { kind: 'url' } }, ['database.kind: must be connection, variable or file']],
    [
      { database: { kind: 'connection' } },
      ['database.host: is required', 'database.database: is required', 'database.user: is required'],
    ],
    [{ database: { kind: 'variable', env: 5 } }, ['database.env: must be a string']],
    [
      { database: { kind: 'file', file: '' } },
      ['database.file: must not be empty', expect.stringContaining('does not have the allowed form')],
    ],
    [
      { database: { kind: 'connection', host: 'db', database: 'shop', user: 'shop', port: 0 } },
      ['database.port: must be >= 1'],
    ],
    [
      { database: { kind: 'connection', host: 'db', database: 'shop', user: 'shop', tls: 'no' } },
      ['database.tls: must be disable, require or verify-full'],
    ],
    [{ database: { kind: 'variable', env: 'ENVIRONMENT_A', file: 'a' } }, ['database.file: is not a known property']],
    [{ database: 'postgres://…' }, ['database: must be an object']],
    [
      { filestorePath: '/srv', labels: { 'a b': 'x' } },
      [expect.stringMatching(/^labels\.a b: is not an allowed name: \^/)],
    ],
    [{ filestorePath: '/srv', labels: { a: 'x'.repeat(201) } }, ['labels.a: must have at most 200 characters']],
    [
      { filestorePath: '/srv', labels: { a: 'x\n' } },
      [expect.stringMatching(/^labels\.a: does not have the allowed form/)],
    ],
    [
      { filestorePath: '/srv', name: ' shop' },
      [
        'name: does not have the allowed form: A name for people: at most 100 characters, no control characters, no space at either end',
      ],
    ],
    [{ filestorePath: '/srv', ['x'.repeat(300)]: 1 }, [`${'x'.repeat(100)}…: is not a known property`]],
    [JSON.parse('{"filestorePath":"/srv","__proto__":{}}') as object, ['__proto__: is not a known property']],
  ])('explains what is wrong with the new environment %j', (body, expected) => {
    expect(create(body)).toEqual(expected);
  });

  it.each([
    [{}, ['body: must not be empty']],
    [{ database: 'x' }, ['database: must be an object or null']],
    [{ database: { kind: 'file', file: 'a', x: 1 } }, ['database.x: is not a known property']],
    [
      { filestorePath: 5, neutralizeSql: [] },
      ['filestorePath: must be a string or null', 'neutralizeSql: must be a string or null'],
    ],
    [{ name: null }, ['name: must be a string']],
  ])('explains what is wrong with the change %j', (body, expected) => {
    expect(update(body)).toEqual(expected);
  });

  it('tells of parameters and body at once', () => {
    expect(
      faults('rollbackCreate', { path: { environmentId: 'x' }, query: { force: 'true' }, body: { snapshotId: 'y' } }),
    ).toEqual(['environmentId: must be a UUID', 'force: is not a known property', 'snapshotId: must be a UUID']);
  });
});
