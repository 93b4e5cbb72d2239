import express from 'express';
import { expect, it } from 'vitest';
import { Contract } from './contract.js';
import { refuseUndeclaredMethods } from './undeclared-methods.js';

const ID = '5a3f3a9c-0b7e-4d57-8a55-7c2f4f0a6d04';

async function ask(method: string, path: string): Promise<{ status: number; allow: string | null }> {
  const app = express().use(refuseUndeclaredMethods(Contract.load()), (_, response) => void response.sendStatus(204));
  const server = app.listen(0);
  try {
    const address = server.address() as { port: number };
    const { status, headers } = await fetch(`http://localhost:${address.port}${path}`, { method });
    return { status, allow: headers.get('allow') };
  } finally {
    server.close();
  }
}

it.each([
  ['DELETE', '/api/v1/projects', 'GET, HEAD, POST'],
  ['POST', `/api/v1/projects/${ID}`, 'DELETE, GET, HEAD, PATCH'],
  ['PUT', `/api/v1/projects/${ID}/`, 'DELETE, GET, HEAD, PATCH'],
  ['PATCH', '/API/v1/Projects', 'GET, HEAD, POST'],
  ['GET', `/api/v1/environments/${ID}/rollback`, 'POST'],
  // What stands there without a parameter is meant, and not a snapshot of that name.
  ['DELETE', `/api/v1/environments/${ID}/snapshots/estimate`, 'GET, HEAD'],
])('%s %s is 405, and Allow says what there is', async (method, path, allow) => {
  expect(await ask(method, path)).toEqual({ status: 405, allow });
});

it.each([
  ['GET', '/api/v1/projects'],
  ['HEAD', '/api/v1/projects'],
  ['DELETE', `/api/v1/environments/${ID}/snapshots/${ID}`],
  ['PUT', '/docs'],
  ['PUT', `/api/v1/projects/${ID}/unknown`],
])('%s %s is for others to answer', async (method, path) => {
  expect(await ask(method, path)).toEqual({ status: 204, allow: null });
});
