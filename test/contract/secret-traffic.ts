import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DatabaseAddress } from '../../src/engine/postgres/connection/database-address.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { asker } from './ask.js';
import type { Answer } from './ask.js';

/** What the traffic leaves behind, for those who look for secrets in it. */
export interface Evidence {
  /** Everything that was answered: bodies, headers and streams. */
  answered: string[];
  /** With what arguments the service has started other programs. */
  commandLines: string[];
}

interface Traffic {
  service: ServiceProcess;
  token: string;
  /** A database with its password, to be registered directly. */
  shop: DatabaseAddress;
  /** A password that is none of its. */
  wrongPassword: string;
  /** References to URLs: one that works, one that cannot be read, and a file with one that works. */
  references: { works: object; broken: object; file: object };
}

/** Everything that has to do with a password: accepted, refused, used, changed, and used after it changed. */
export async function secretTraffic({ service, token, shop, wrongPassword, references }: Traffic): Promise<Evidence> {
  const evidence: Evidence = { answered: [], commandLines: [] };
  const send = asker(service.url, token);
  const ask = async (method: string, path: string, json?: object): Promise<Answer> => {
    const answer = await send(method, path, { json });
    evidence.answered.push(JSON.stringify([answer.body, ...answer.headers]));
    return answer;
  };
  const ended = async (path: string, expected: string): Promise<void> => {
    for (;;) {
      const { status } = (await ask('GET', path)).body as { status: string };
      if (status === expected) return;
      if (status !== 'queued' && status !== 'running') throw new Error(`${path} is ${status}, not ${expected}.`);
      await sleep(50);
    }
  };

  const { password, host, port, database, user } = shop;
  const connection = { kind: 'connection', host, port, database, user };
  const projectId = id(await ask('POST', '/api/v1/projects', { name: 'secrets' }));
  const environments = `/api/v1/projects/${projectId}/environments`;
  const register = (name: string, database: object): Promise<Answer> =>
    ask('POST', environments, { name, type: 'staging', database });
  const direct = id(await register('direct', { ...connection, password }));
  const byFile = id(await register('file', references.file));
  await register('wrong password', { ...connection, password: wrongPassword });
  await register('not allowed', { ...connection, password, unknown: password });
  await register('wrong place', { ...connection, database: 'nowhere', password });
  await register('broken URL', references.broken);
  const third = id(await register('taken', references.works));
  await register('taken', { ...connection, password });
  await ask('GET', environments);
  await ask('GET', `${environments}/${direct}`);

  const environment = `/api/v1/environments/${direct}`;
  // What several environments share is not rolled back: the others look elsewhere meanwhile.
  const elsewhere = { database: { ...connection, database: 'elsewhere', password } };
  await ask('PATCH', `${environments}/${third}?check=false`, elsewhere);
  const others = [
    { environmentId: direct, other: byFile, back: { database: references.file } },
    { environmentId: byFile, other: direct, back: { database: { ...connection, password } } },
  ];
  for (const { environmentId, other, back } of others) {
    const one = `/api/v1/environments/${environmentId}`;
    await ask('PATCH', `${environments}/${other}?check=false`, elsewhere);
    await ask('GET', `${one}/snapshots/estimate`);
    const snapshotId = id(await ask('POST', `${one}/snapshots`));
    await ended(`${one}/snapshots/${snapshotId}`, 'completed');
    const { body } = await ask('POST', `${one}/rollback`, { snapshotId });
    const { deploymentId } = body as { deploymentId: string };
    await ended(`/api/v1/deployments/${deploymentId}`, 'completed');
    await ask('GET', `${one}/rollback-logs`);
    const stream = `${service.url}/api/v1/deployments/${deploymentId}/rollback/progress`;
    const headers = { authorization: `Bearer ${token}`, 'last-event-id': '0' };
    evidence.answered.push(await (await fetch(stream, { headers })).text());
    await ask('PATCH', `${environments}/${other}?check=false`, back);
  }

  // Captures, until the programs that are at work on one have been seen.
  let held = '';
  while (evidence.commandLines.length === 0) {
    held = id(await ask('POST', `${environment}/snapshots`));
    const over = new AbortController();
    const end = ended(`${environment}/snapshots/${held}`, 'completed').finally(() => over.abort());
    while (!over.signal.aborted && evidence.commandLines.length === 0) {
      const programs = (await service.children()).filter(({ name }) => name === 'pg_dump');
      const lines = await Promise.all(programs.map(({ pid }) => commandLine(pid)));
      // Not the one that is asked for its version and has ended before one has looked.
      evidence.commandLines.push(...lines.filter((line) => line.includes('--snapshot') || line.includes('--dbname')));
      await sleep(2);
    }
    await end;
  }

  const wrong = { database: { ...connection, password: wrongPassword } };
  await ask('PATCH', `${environments}/${direct}`, wrong);
  await ask('PATCH', `${environments}/${direct}?check=false`, wrong);
  const failing = id(await ask('POST', `${environment}/snapshots`));
  await ended(`${environment}/snapshots/${failing}`, 'failed');
  await ask('GET', `${environment}/snapshots/estimate`);
  await ask('POST', `${environment}/rollback/plan`, { snapshotId: held });
  await ask('POST', `${environments}/${direct}/check`);

  // What cannot be read, and what stands where it does not belong.
  const broken = { body: `{"password":"${password}"`, headers: { 'content-type': 'application/json' } };
  evidence.answered.push(JSON.stringify(await send('POST', environments, broken)));
  await asker(service.url, `${token}x`)('GET', environments);
  await fetch(`${service.url}/api/v1/projects?token=${token}&password=${password}`);
  const last = '0a570000-0000-4000-8000-000000000000';
  await ask('GET', `/api/v1/projects/${last}`);
  while (!service.log().includes(last)) await sleep(20);
  return evidence;
}

/** The words a program was started with, separated by NUL; empty when it has ended. */
function commandLine(pid: number): Promise<string> {
  return readFile(`/proc/${pid}/cmdline`, 'latin1').catch(() => '');
}

function id({ body }: Answer): string {
  return (body as { id: string }).id;
}
