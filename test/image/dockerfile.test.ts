import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { contextFiles, isSeen, rulesOf } from './build-context.js';
import { listOf, pairsOf, readDockerfile, substituted } from './dockerfile.js';

const ROOT = join(import.meta.dirname, '..', '..');
const read = (name: string): string => readFileSync(join(ROOT, name), 'utf8');

describe('the reader of Dockerfiles', () => {
  it('joins lines, passes over comments between them and takes flags off', () => {
    const text = `# a comment\nFROM node:24 AS build\nRUN a; \\\n  # why\n    b\nCOPY --from=other /x y\nENV A=1 B="two words"\n`;
    const [stage, ...more] = readDockerfile(text);
    expect(more).toEqual([]);
    expect(stage).toMatchObject({ from: 'node:24', name: 'build' });
    const [run, copy, env] = stage!.steps;
    expect(run).toMatchObject({ instruction: 'RUN', rest: 'a;     b', line: 3 });
    expect(copy).toMatchObject({ flags: { from: 'other' }, rest: '/x y' });
    expect(pairsOf(env!, {})).toEqual([
      ['A', '1'],
      ['B', 'two words'],
    ]);
    expect(substituted('${A}/$B/$C', { A: 'a', B: 'b' })).toBe('a/b/');
  });

  it.each([
    ['an instruction it does not know', 'FROM x\nADD https://example.com/a /a\n', /line 2.*ADD/],
    ['a here-document', 'FROM x\nRUN <<EOF\n', /line 2.*RUN/],
    ['what stands before FROM', 'RUN true\n', /line 1.*before FROM/],
    ['an instruction that is cut off', 'FROM x\nRUN true \\\n', /line 2.*without an end/],
  ])('refuses %s, rather than to pass over it', (_, text, message) => {
    expect(() => readDockerfile(text)).toThrow(message);
  });

  it('refuses a command that would be run by a shell', () => {
    const [stage] = readDockerfile('FROM x\nCMD node main.js\n');
    expect(() => listOf(stage!.steps[0]!)).toThrow('no list');
  });
});

describe('.dockerignore', () => {
  it.each([
    ['src/main.ts', true],
    ['docs/running.md', false],
    ['src/config/parse.spec.ts', false],
    ['sdk/typescript/index.ts', true],
    ['sdk/python/x.py', false],
    ['cli/node_modules/a/index.js', false],
    ['cli/dist/snapback.mjs', false],
  ])('%s: %s', (path, seen) => {
    const rules = rulesOf('*\n!src\n!cli\n!sdk/typescript\n**/node_modules\n**/dist\n**/*.spec.ts\n');
    expect(isSeen(path, rules)).toBe(seen);
  });
});

describe('the Dockerfile', () => {
  const stages = readDockerfile(read('Dockerfile'));
  const final = stages.at(-1)!;
  const only = (instruction: string) => final.steps.filter((step) => step.instruction === instruction);

  it('copies what the build sees, and nothing that is not there', () => {
    const files = contextFiles(ROOT, read('.dockerignore'));
    const sources = stages
      .flatMap(({ steps }) => steps.filter(({ instruction, flags }) => instruction === 'COPY' && !flags['from']))
      .flatMap(({ rest }) => rest.split(/\s+/).slice(0, -1));
    const missing = sources.filter((source) => !files.some((path) => `${path}/`.startsWith(`${source}/`)));
    expect(missing).toEqual([]);
    const idle = files.filter((path) => !sources.some((source) => `${path}/`.startsWith(`${source}/`)));
    expect(idle).toEqual([]);
  });

  it('takes every image by a version', () => {
    const names = new Set(stages.map(({ name }) => name));
    const images = stages.map(({ from }) => from).filter((from) => !names.has(from));
    expect(images.filter((image) => !/:\d/.test(image))).toEqual([]);
  });

  it('ends with an ordinary user, a health check and what may be written to', () => {
    expect(only('USER').at(-1)?.rest).toBe('node');
    expect(listOf(only('VOLUME')[0]!)).toEqual(['/var/lib/snapback', '/tmp']);
    expect(listOf(only('HEALTHCHECK')[0]!)[0]).toBe('node');
  });

  it('has the clients of several majors of PostgreSQL, side by side', () => {
    const [, versions] = /POSTGRESQL_VERSIONS="([\d ]+)"/.exec(only('ARG').at(-1)!.rest)!;
    expect(versions!.split(' ')).toEqual(['14', '15', '16', '17', '18']);
  });

  const asked = '/health/ready';
  it.each([
    ['a worker that is well', { ROLE: 'worker' }, asked, 200, 0],
    ['a worker that is not ready', { ROLE: 'worker' }, asked, 503, 1],
    ['an API that is well', { ROLE: 'api' }, asked, 200, 0],
    ['an API without a metrics port', { ROLE: 'api', METRICS_PORT: '' }, '/api/v1/health/ready', 200, 0],
    [
      'an API without a metrics port that is not ready',
      { ROLE: 'api', METRICS_PORT: '' },
      '/api/v1/health/ready',
      503,
      1,
    ],
    ['a worker that listens elsewhere', { ROLE: 'worker', METRICS_HOST: '127.0.0.2' }, asked, 200, 0],
    ['a worker that listens everywhere', { ROLE: 'worker', METRICS_HOST: '0.0.0.0' }, asked, 200, 0],
    [
      'an API that listens elsewhere',
      { ROLE: 'api', METRICS_PORT: '', HOST: '127.0.0.2' },
      '/api/v1/health/ready',
      200,
      0,
    ],
    ['a worker without a metrics port', { ROLE: 'worker', METRICS_PORT: '' }, undefined, 503, 0],
  ])('asks after the health of %s', async (_, env, path, status, code) => {
    let seen: string | undefined;
    const server = createServer((request, response) => {
      seen = request.url;
      response.writeHead(status).end();
    }).listen(0, Object.values(env).includes('127.0.0.2') ? '127.0.0.2' : '127.0.0.1');
    await once(server, 'listening');
    const port = String((server.address() as AddressInfo).port);
    const [, ...args] = listOf(only('HEALTHCHECK')[0]!);
    const ended = await new Promise((resolve) => {
      const child = execFile(process.execPath, args, { env: { PORT: port, METRICS_PORT: port, ...env } });
      child.once('exit', resolve);
    });
    server.close();
    expect([ended, seen]).toEqual([code, path]);
  });
});
