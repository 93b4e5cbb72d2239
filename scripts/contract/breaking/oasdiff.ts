import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute } from '../../toolchains/execute.js';
import { goProgram } from '../../toolchains/go-program.js';
import type { BreakingChange } from './breaking-change.js';
import type { Node } from './node.js';
import { withEvents } from './with-events.js';

const MODULE = 'github.com/oasdiff/oasdiff';
export const OASDIFF_VERSION = 'v1.38.0';

/**
 * Rules of oasdiff that we do not follow. A client of this contract has to bear values that it does not know, as docs/clients.md says,
 * and the SDKs are tested for it.
 */
const NOT_OURS = /^response-.*enum-value-added$/;

interface Found {
  id: string;
  text: string;
  operation?: string;
  path?: string;
  component?: string;
}

/** What oasdiff takes for breaking between two documents, errors and warnings, events of streams included. Needs Go the first time. */
export async function oasdiff(base: Node, revision: Node): Promise<BreakingChange[]> {
  const program = await goProgram(MODULE, OASDIFF_VERSION);
  const directory = await mkdtemp(join(tmpdir(), 'snapback-contract-'));
  try {
    const files = await Promise.all(
      Object.entries({ base, revision }).map(async ([name, document]) => {
        const file = join(directory, `${name}.json`);
        await writeFile(file, JSON.stringify(withEvents(document)));
        return file;
      }),
    );
    const run = [program, 'breaking', ...files, '--flatten-allof', '--format', 'json'] as const;
    const { stdout } = await execute({ run: run as readonly [string, ...string[]], cwd: directory });
    const found = (stdout.trim() === '' ? [] : JSON.parse(stdout)) as Found[];
    return found.filter(({ id }) => !NOT_OURS.test(id)).map(changeOf);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

function changeOf({ id, text, operation, path, component }: Found): BreakingChange {
  const place = path === undefined ? (component ?? 'components') : `${operation ?? ''} ${path}`.trim();
  return { id, place, sentence: `${text.charAt(0).toUpperCase()}${text.slice(1)}.` };
}
