import { beforeAll, afterAll, describe, expect, it, vi } from 'vitest';
import type { SnapshotFile } from '../../../sdk/typescript/index.js';
import { belowSnapshot, downloadCommand, keptName } from './naming.js';

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

beforeAll(() => void vi.stubGlobal('location', { origin: 'https://snapback.example' }));
afterAll(() => void vi.unstubAllGlobals());

describe('what a file is called where it is kept', () => {
  it('is its name, without what cannot be seen or leads elsewhere', () => {
    expect(keptName('größer – 1.pdf')).toBe('größer – 1.pdf');
    expect(keptName('two\nlines\u202egnp.exe')).toBe('two_lines_gnp.exe');
    expect(keptName('..\\..\\a:b')).toBe('.._.._a_b');
    expect(keptName('')).toBe('file');
  });
});

describe('the command that downloads a file', () => {
  it('names the path, in a form that a shell takes as it is', () => {
    expect(downloadCommand(fileAt(`it's $(me).pdf`), ID, where)).toBe(
      `snapback snapshot get 9d0a4f7e --env webshop/production 'it'\\''s $(me).pdf'`,
    );
  });

  it.each([
    [fileAt('a\u001b[31m'), 'path=a%1B%5B31m'],
    [fileAt('-rf'), 'path=-rf'],
    [fileAt('d/\ufffd', 'ZC//'), 'pathBase64=ZC%2F%2F'],
  ])('is one without the name where that may do harm, or is no text', (file, query) => {
    expect(downloadCommand(file, ID, where)).toContain(
      `'https://snapback.example/api/v1/environments/e/snapshots/${ID}/file/content?${query}'`,
    );
  });
});

it('asks for nothing that is not said', () => {
  expect(belowSnapshot('files', {})).toBe('/files');
  expect(belowSnapshot('files', { path: 'a b', search: 'ü' })).toBe('/files?path=a+b&search=%C3%BC');
});
