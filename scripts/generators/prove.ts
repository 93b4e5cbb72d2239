import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute, lines, type Said } from '../toolchains/execute.js';
import type { Allowed, Generator, Workplace } from './generator.js';
import { differences, expected, seenIn } from './seen.js';
import { Stage, type Service } from './stage.js';
import { missing } from '../toolchains/tools.js';

const ROOT = join(import.meta.dirname, '..', '..');
const WARNING = /\bwarn(ing|ings)?\b|\bskip(ped|ping)?\b|\bunsupported\b|\bnot supported\b|\berrors?\b/i;

/** How one step went: `missing` when the machine lacks what it needs, `why` when it went wrong. */
export type Outcome = { went: 'well' } | { went: 'wrong'; why: string } | { went: 'untried'; why: string };

export interface Proof {
  generator: Generator;
  generates: Outcome;
  compiles: Outcome;
  doesTheJob: Outcome;
  /** The same with a service that is newer than the client. Went well when it is as the generator's `bearsNewer` says. */
  newer: Outcome;
  seconds: number;
}

/** Lets a generator make its client, the compiler accept it, and our program do the main job with it. Leaves nothing behind. */
export async function prove(generator: Generator, service: Service): Promise<Proof> {
  const began = performance.now();
  const directory = await mkdtemp(join(tmpdir(), `snapback-client-${generator.name}-`));
  const program = join(import.meta.dirname, 'programs', generator.program ?? '');
  const place: Workplace = { directory, contract: join(ROOT, 'openapi.yaml'), program };
  try {
    const generates = await attempt(missing(generator.needs), async () =>
      refuseWarnings(await generator.generate(place), generator.allowed),
    );
    const compiles = await after(generates, missing(generator.compiler), async () =>
      refuseWarnings(await generator.compile(place), generator.allowed),
    );
    const noProgram = generator.program === null ? ['a program of ours for it'] : [];
    const doesTheJob = await after(compiles, noProgram, () => doTheJob(generator, place, service));
    const newer = await after(doesTheJob, [], () => meetNewer(generator, place, service));
    return {
      generator,
      generates,
      compiles,
      doesTheJob,
      newer,
      seconds: Math.round((performance.now() - began) / 1000),
    };
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** What is wrong, one text for each step that is. */
export function faultsOf({ generator, generates, compiles, doesTheJob, newer }: Proof): string[] {
  const steps = { generates, compiles, 'does the job': doesTheJob, 'with a newer service': newer };
  return Object.entries(steps).flatMap(([step, outcome]) =>
    outcome.went === 'wrong' ? [`${generator.name} ${generator.version}: ${step}: ${outcome.why}`] : [],
  );
}

/** The lines that warn of something and are not allowed to. */
export function warningsIn(said: Said, allowed: readonly Allowed[]): string[] {
  return lines(said).filter((line) => WARNING.test(line) && !allowed.some((one) => one.said.test(line)));
}

function refuseWarnings(said: Said, allowed: readonly Allowed[]): void {
  const warnings = warningsIn(said, allowed);
  if (warnings.length > 0) throw new Error(`warns:\n${warnings.join('\n')}`);
}

async function meetNewer(generator: Generator, place: Workplace, service: Service): Promise<void> {
  const refusal = await doTheJob(generator, place, service, { newer: true }).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (generator.bearsNewer && refusal !== undefined) throw refusal;
  if (!generator.bearsNewer && refusal === undefined) throw new Error('its client bears it, which nobody has said');
}

async function doTheJob(
  generator: Generator,
  place: Workplace,
  service: Service,
  { newer } = { newer: false },
): Promise<void> {
  const stage = await Stage.set(service, { newer });
  try {
    const { run, cwd, env } = await generator.job(place);
    const { stdout } = await execute({
      run,
      cwd: cwd ?? place.directory,
      env: { ...env, ...stage.environment },
    });
    const wanted = expected({ databaseHost: stage.databaseHost, sendsNull: generator.sendsNull });
    const wrong = differences(seenIn(stdout), wanted);
    if (!(await stage.isRolledBack())) wrong.push('the environment is not what it was');
    if (wrong.length > 0) throw new Error(wrong.join('; '));
  } finally {
    await stage.clear();
  }
}

async function after(before: Outcome, lacks: readonly string[], work: () => Promise<void>): Promise<Outcome> {
  return before.went === 'well' ? attempt(lacks, work) : { went: 'untried', why: 'the step before did not go well' };
}

async function attempt(lacks: readonly string[], work: () => Promise<void>): Promise<Outcome> {
  if (lacks.length > 0) return { went: 'untried', why: `there is no ${lacks.join(' and no ')}` };
  try {
    await work();
    return { went: 'well' };
  } catch (error) {
    return { went: 'wrong', why: (error as Error).message };
  }
}
