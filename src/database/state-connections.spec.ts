import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Configuration } from '../config/configuration.js';
import { BESIDES_POOL, STATE_CONNECTIONS } from './state-connections.js';

const document = (path: string) => readFile(join(import.meta.dirname, '../..', path), 'utf8');

it('the connections to the state database are counted in the documents as they are opened', async () => {
  const running = await document('docs/running.md');
  expect(running).toContain(`up to \`DATABASE_POOL_SIZE\` + ${BESIDES_POOL} connections to the state database`);
  expect(running).toContain(`With the defaults that is ${new Configuration().DATABASE_POOL_SIZE + BESIDES_POOL}.`);
  for (const name of Object.keys(STATE_CONNECTIONS)) expect(running).toContain(`\`${name}\``);
  expect(await document('docs/configuration.md')).toContain(`take up to ${BESIDES_POOL} more`);
});
