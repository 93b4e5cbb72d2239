import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runSchemathesis } from './one-run.js';
import { pythonWithSchemathesis } from './schemathesis.js';
import { Stage } from './stage.js';
import { Tally } from './tally.js';

/** Requests that the examples and the bounds of the contract make, when all of them are sent. */
const COUNTED_OUT = 2_900;
/** Requests that one more example of each operation, and one more scenario of several, make. */
const PER_EXAMPLE = 45;
/** In one go: what is drawn last depends on all of what was drawn before, and takes longer. */
const MOST_EXAMPLES = 100;

export interface FuzzOptions {
  /** At least so many are sent; a few hundred more can be. */
  requests: number;
  /** In so many runs of Schemathesis at the most, be they sent or not; as many as it takes unless told. */
  rounds?: number;
  seed: number;
  /** Environments that can be registered at places where something is, at a time. */
  places: number;
  /** How long is waited for what was asked for before, in all. */
  patienceSeconds: number;
  signal?: AbortSignal;
  say: (text: string) => void;
}

export interface FuzzResult {
  tally: Tally;
  /** What Schemathesis found, in its words, and what became of the service; empty when all is well. */
  faults: string[];
}

/** Starts a service, lets Schemathesis at it, and removes everything. Rejects when there is no Python, or nothing was tried. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const python = await pythonWithSchemathesis();
  const stage = await Stage.start({ places: options.places });
  try {
    return await fuzz(stage, python, options);
  } finally {
    await stage.stop();
  }
}

async function fuzz(stage: Stage, python: string, options: FuzzOptions): Promise<FuzzResult> {
  const { requests, rounds = Infinity, seed, signal, say } = options;
  const faults: string[] = [];
  const file = join(stage.directory, 'tally.jsonl');
  await writeFile(file, '');
  let tally = await Tally.read(file);
  const isCalledOff = (): boolean => signal?.aborted === true;
  for (let round = 0; round < rounds && tally.requests < requests && !isCalledOff(); round += 1) {
    const share = round === 0 ? Math.min(1, (requests * 0.4) / COUNTED_OUT) : 0;
    const left = requests - tally.requests - share * COUNTED_OUT;
    const examples = Math.min(MOST_EXAMPLES, Math.max(2, Math.ceil(left / PER_EXAMPLE)));
    const drawn = {
      seed: seed + round,
      share,
      examples,
      patienceSeconds: options.patienceSeconds,
      tally: file,
      signal,
    };
    const { status, said } = await runSchemathesis(stage, python, drawn);
    const before = tally.requests;
    tally = await Tally.read(file);
    const seconds = [...said.matchAll(/(\w+) \(in ([\d.]+s)\)/g)].map(([, phase, time]) => `${phase} ${time}`);
    say(`round ${round + 1}, seed ${seed + round}: ${tally.requests - before} requests, ${seconds.join(', ')}\n`);
    if (isCalledOff()) break;
    if (status !== 0) faults.push(said);
    if (await stage.ended()) faults.push('The service has ended.');
    if (tally.requests === before) throw new Error(`Schemathesis has sent nothing:\n${said}`);
    if (await stage.ended()) break;
  }
  faults.push(...stage.errors().map((line) => `The service has logged an error: ${JSON.stringify(line)}`));
  return { tally, faults };
}
