import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measurement } from '../comparison/summarise.js';
import { BenchEnvironment, type EnvironmentSource } from '../environment/environment.js';
import type { CaptureContender } from './contender.js';

export const CASES = ['full', 'unchanged', 'changed'] as const;
export type CaseName = (typeof CASES)[number];

export interface CaptureMeasurement extends Measurement {
  case: CaseName;
  processorSeconds: number;
  /** Of the environment's server alone. */
  serverProcessorSeconds: number;
  /** What the case has added to what the contender keeps. */
  addedBytes: number;
}

export interface CaptureRound {
  source: EnvironmentSource;
  contenders: readonly CaptureContender[];
  cases: readonly CaseName[];
  /** Does not exist yet; gone when the round is over. */
  directory: string;
  /** Brings the machine to the state in which everybody begins. */
  settle: () => Promise<void>;
  /** Called when all is measured, with the environment in its last state. */
  atEnd?: (environment: BenchEnvironment) => Promise<void>;
  signal: AbortSignal;
}

/** Every case once, by each contender in turn: all store the same environment, in the same state. */
export async function runRound(round: CaptureRound): Promise<CaptureMeasurement[]> {
  const { contenders, cases, directory, signal } = round;
  await mkdir(directory);
  const environment = await BenchEnvironment.start(join(directory, 'environment'), round.source, signal);
  const begun: CaptureContender[] = [];
  try {
    for (const contender of contenders) {
      const own = join(directory, contender.name);
      await mkdir(own);
      await contender.begin(own, environment);
      begun.push(contender);
    }
    const measurements: CaptureMeasurement[] = [];
    for (const name of cases) {
      if (name === 'changed') await environment.change();
      for (const contender of contenders) {
        signal.throwIfAborted();
        measurements.push(await measure(name, contender, environment, round.settle));
      }
    }
    await round.atEnd?.(environment);
    return measurements;
  } finally {
    for (const contender of begun) await contender.end();
    await environment.remove();
  }
}

async function measure(
  name: CaseName,
  contender: CaptureContender,
  environment: BenchEnvironment,
  settle: () => Promise<void>,
): Promise<CaptureMeasurement> {
  await environment.checkpoint();
  await settle();
  const storedBefore = await contender.storedBytes();
  const server = (): Promise<number> => environment.serverProcessorSeconds();
  const [ownBefore, serverBefore] = [await contender.processorSeconds(), await server()];
  const begun = performance.now();
  await contender.capture();
  const seconds = (performance.now() - begun) / 1000;
  const serverProcessorSeconds = (await server()) - serverBefore;
  const used = (await contender.processorSeconds()) - ownBefore + serverProcessorSeconds;
  const storedBytes = await contender.storedBytes();
  const line = [name.padEnd(10), contender.name.padEnd(20), `${seconds.toFixed(2).padStart(7)} s`];
  const processor = `${used.toFixed(2)} processor seconds, ${serverProcessorSeconds.toFixed(2)} of them the server's`;
  console.log(`  ${line.join(' ')}  ${processor}`);
  return {
    case: name,
    contender: contender.name,
    seconds,
    processorSeconds: used,
    serverProcessorSeconds,
    storedBytes,
    addedBytes: storedBytes - storedBefore,
  };
}
