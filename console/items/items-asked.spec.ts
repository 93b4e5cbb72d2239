import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { SnapshotFile } from '../../sdk/typescript/index.js';
import { equivalentOf, schemaOf } from './items-asked.js';

const ID = '9d0a4f7e-64d6-4d6a-a3c8-5ed0b1d3be03';
const where = {
  projectId: 'p',
  environmentId: 'e',
  projectName: 'webshop',
  environmentName: 'production',
  environmentType: 'production',
  zone: 'UTC',
} as const;
const fileAt = (path: string, pathBase64: string | null = null) => ({ path, pathBase64 }) as SnapshotFile;
const commandOf = (wanted: Parameters<typeof equivalentOf>[0], place: 'beside' | 'in_place' = 'beside') =>
  equivalentOf(wanted, place, ID, where).command;

beforeAll(() => void vi.stubGlobal('location', { origin: 'https://snapback.example' }));
afterAll(() => void vi.unstubAllGlobals());

describe('the command that takes something out', () => {
  it('names it in a form that a shell, and the command, take as it is', () => {
    const begin = 'snapback items restore 9d0a4f7e --env webshop/production';
    expect(commandOf({ file: fileAt(`it's $(me).pdf`) }, 'in_place')).toBe(
      `${begin} --file='it'\\''s $(me).pdf' --in-place --wait`,
    );
    expect(commandOf({ file: fileAt('-rf') })).toBe(`${begin} --file=-rf --wait`);
    expect(commandOf({ file: fileAt('d/\ufffd', 'ZC//') })).toBe(`${begin} --file-base64 ZC// --wait`);
    expect(commandOf({ table: { schema: 'public', name: 'orders' } })).toBe(`${begin} --table=public.orders --wait`);
    expect(commandOf({ table: { schema: 'a.b', name: 'say "so"' } })).toBe(
      `${begin} --table='"a.b"."say ""so"""' --wait`,
    );
  });

  it('is not offered for what cannot be seen', () => {
    expect(commandOf({ file: fileAt('a\u001b[31m') })).toBeUndefined();
    expect(commandOf({ table: { schema: 'public', name: 'odd\u202e' } })).toBeUndefined();
  });
});

it('knows what the schema of restored tables is called', () => {
  expect(schemaOf(ID)).toBe('restored_9d0a4f7e64d64d6aa3c85ed0b1d3be03');
});
