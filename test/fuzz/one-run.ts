import { spawn } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Contract } from '../../src/contract/contract.js';
import { randomNumbers } from '../harness/random-numbers.js';
import type { Stage } from './stage.js';

const ROOT = join(import.meta.dirname, '..', '..');
const CONFIGURATION = join(import.meta.dirname, 'schemathesis.toml');
const HOOKS = join(import.meta.dirname, 'hooks', 'hooks.py');

export interface OneRun {
  seed: number;
  /** Of so many operations, the bounds and the examples that the contract has for them are tried: 0 to 1. */
  share: number;
  /** Requests to each operation that are drawn, and scenarios of several. */
  examples: number;
  patienceSeconds: number;
  /** Where the hooks write down what was sent. */
  tally: string;
  signal?: AbortSignal | undefined;
}

/** What links send stands in the contract as `x-requestBody`: OpenAPI Generator makes no client of one that has it as OpenAPI says. */
function withBodiesOfLinks(contract: string): string {
  return contract.replaceAll(/^( +)x-requestBody:$/gm, '$1requestBody:');
}

/** One run of Schemathesis, and what it said; it is ended when we are, and when `signal` says so. */
export async function runSchemathesis(
  stage: Stage,
  python: string,
  { seed, share, examples, patienceSeconds, tally, signal }: OneRun,
): Promise<{ status: number | null; said: string }> {
  const configuration = join(stage.directory, 'schemathesis.toml');
  await writeFile(configuration, (await readFile(CONFIGURATION, 'utf8')) + leavingOut(share, seed));
  const contract = join(stage.directory, 'openapi.yaml');
  await writeFile(contract, withBodiesOfLinks(await readFile(join(ROOT, 'openapi.yaml'), 'utf8')));
  const phases = share > 0 ? 'examples,coverage,fuzzing,stateful' : 'fuzzing,stateful';
  const program = [python, '-m', 'schemathesis.cli', '--config-file', configuration, 'run', contract];
  const told = ['--url', stage.url, '--seed', String(seed), '--max-examples', String(examples), '--phases', phases];
  const [command, ...rest] = ['setpriv', '--pdeathsig', 'KILL', ...program, ...told, '--no-color'];
  const child = spawn(command!, rest, {
    cwd: stage.directory,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env['PATH'],
      // Nothing of it is looked for, or left, in anybody's home.
      HOME: stage.directory,
      PYTHONDONTWRITEBYTECODE: '1',
      PYTHONIOENCODING: 'utf-8',
      FUZZ_HOOKS: HOOKS,
      FUZZ_TOKEN: stage.world.token,
      FUZZ_WORLD: JSON.stringify(stage.world),
      FUZZ_TALLY: tally,
      FUZZ_SEED: String(seed),
      FUZZ_PATIENCE: String(patienceSeconds),
    },
  });
  const end = (): void => void child.kill('SIGKILL');
  signal?.addEventListener('abort', end);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => (said += text));
  }
  try {
    const status = await new Promise<number | null>((resolve, reject) =>
      child.once('error', reject).once('close', resolve),
    );
    return { status, said };
  } finally {
    signal?.removeEventListener('abort', end);
  }
}

/** Half of all cases are those of these two. */
const LARGEST = ['environmentCreate', 'environmentUpdate'];

/** To make up the cases takes longer than to send them: those of whole operations are left out, drawn by the seed. */
function leavingOut(share: number, seed: number): string {
  const all = [...Contract.load().operations.keys()];
  if (share >= 1) return '';
  const drawn = all.filter((id) => !LARGEST.includes(id));
  const draw = randomNumbers(seed);
  while (drawn.length > all.length * share) drawn.splice(draw(drawn.length), 1);
  return `
[[operations]]
include-operation-id = ${JSON.stringify(all.filter((id) => !drawn.includes(id)))}
phases.coverage.enabled = false
phases.examples.enabled = false
`;
}
