import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callHook } from '../../../src/rollbacks/hooks/call-hook.js';
import { runHookCommand } from '../../../src/rollbacks/hooks/run-hook-command.js';
import { waitUntil } from '../../e2e/wait-until.js';

let directory: string;
let server: Server;
let url: string;
const received: { method?: string; path?: string; headers: NodeJS.Dict<string | string[]>; body: string }[] = [];

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'snapback-test-hooks-'));
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      const { method, url: path, headers } = request;
      received.push({ method, path, headers, body });
      if (path === '/never') return;
      const status = Number(path?.slice(1)) || 204;
      response.writeHead(status, status === 302 ? { location: '/204' } : {}).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  server.close();
  await rm(directory, { recursive: true, force: true });
});

const event = { event: 'beforeCutover', deploymentId: 'd1' };
const call = (path: string, more: Partial<Parameters<typeof callHook>[0]> = {}, hosts: string[] = ['127.0.0.1']) =>
  callHook({ url: `${url}${path}`, headers: {}, timeoutSeconds: 2, ...more }, event, hosts);

async function script(name: string, text: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, `#!/bin/sh\n${text}\n`);
  await chmod(path, 0o755);
  return path;
}

describe('a hook that is called', () => {
  it('gets the event as JSON, and the headers', async () => {
    await call('/200', { headers: { Authorization: 'Bearer a-secret' } });

    const last = received.at(-1)!;
    expect(last).toMatchObject({ method: 'POST', headers: { authorization: 'Bearer a-secret' } });
    expect(last.headers['content-type']).toBe('application/json');
    expect(JSON.parse(last.body)).toEqual(event);
  });

  it.each([['/404'], ['/500'], ['/302']])('fails when it answers %s', async (path) => {
    const before = received.length;
    await expect(call(path)).rejects.toMatchObject({
      code: 'hook-failed',
      message: expect.stringContaining(path.slice(1)),
    });
    // A redirect that was followed would be another request.
    expect(received.length).toBe(before + 1);
  });

  it('fails when it does not answer in time, and says nothing of its path', async () => {
    const failure = call('/never', { timeoutSeconds: 1 });
    await expect(failure).rejects.toMatchObject({
      code: 'hook-failed',
      message: expect.stringContaining('within 1 s'),
    });
    await expect(failure).rejects.not.toMatchObject({ message: expect.stringContaining('never') });
  });

  it('fails when nobody is there', async () => {
    const gone = call('', { url: 'http://127.0.0.1:9/hook' });
    await expect(gone).rejects.toMatchObject({ code: 'hook-failed' });
  });

  it('is not called when its host is not allowed', async () => {
    const before = received.length;
    await expect(call('/200', {}, ['hooks.example.com'])).rejects.toMatchObject({
      code: 'hook-failed',
      message: expect.stringContaining('HOOK_HOSTS'),
    });
    await call('/200', {}, ['127.0.0.1']);
    expect(received.length).toBe(before + 1);
  });
});

describe('a hook command', () => {
  it('reads the event, and gets no environment but PATH', async () => {
    process.env['HOOK_TEST_SECRET'] = 'must not be seen';
    const program = await script('tell', `cat > ${directory}/told; env > ${directory}/environment`);

    await runHookCommand('tell', program, event, 10);

    expect(JSON.parse(await readFile(join(directory, 'told'), 'utf8'))).toEqual(event);
    const environment = await readFile(join(directory, 'environment'), 'utf8');
    expect(environment).toContain('PATH=');
    expect(environment).not.toContain('must not be seen');
  });

  it('fails with what it says', async () => {
    const program = await script('fail', 'echo "the pooler is away" >&2; exit 3');
    await expect(runHookCommand('fail', program, event, 10)).rejects.toMatchObject({
      code: 'hook-failed',
      message: 'The hook command fail failed: it ended with 3 (the pooler is away).',
    });
  });

  it('fails when the program is not there', async () => {
    await expect(runHookCommand('gone', join(directory, 'gone'), event, 10)).rejects.toMatchObject({
      code: 'hook-failed',
    });
  });

  it('is killed with its children when its time is up', async () => {
    const program = await script('hang', `sleep 300 & echo $! > ${directory}/child; wait`);

    const begun = performance.now();
    await expect(runHookCommand('hang', program, event, 1)).rejects.toMatchObject({
      code: 'hook-failed',
      message: expect.stringContaining('within 1 s'),
    });

    expect(performance.now() - begun).toBeLessThan(10_000);
    const child = Number(await readFile(join(directory, 'child'), 'utf8'));
    await waitUntil('the child is gone', async () => {
      const stat = await readFile(`/proc/${child}/stat`, 'utf8').catch(() => '');
      return stat === '' || / Z /.test(stat);
    });
  });
});
