// The retention of the service, in a process of its own whose memory nobody else's work is in.
import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { AppModule } from '../../src/app.module.js';
import { loadConfiguration } from '../../src/config/load-configuration.js';
import { RetentionService, RetentionStopped } from '../../src/retention/retention.service.js';

export interface RetentionRequest {
  environmentId: string;
  /** So many a person has agreed to. */
  confirmed: number;
}

export interface RetentionReport {
  removed: number;
  /** How many were due, where it stopped and asked. */
  stoppedAt: number | null;
  seconds: number;
  /** Before it began, and the most while it ran. */
  rssBefore: number;
  rssPeak: number;
  /** The most in each quarter of the time: whether it grows or only comes to what garbage collection leaves lying. */
  rssQuarters: number[];
}

const SAMPLE_MS = 10;

const app = await NestFactory.createApplicationContext(AppModule.with(loadConfiguration(process.env)), {
  logger: false,
  abortOnError: false,
});

process.on('message', (message) => {
  void run(message as RetentionRequest).then((report) => process.send?.(report));
});
process.once('disconnect', () => void app.close());
process.send?.('ready');

async function run({ environmentId, confirmed }: RetentionRequest): Promise<RetentionReport> {
  const retention = app.get(RetentionService, { strict: false });
  const rssBefore = process.memoryUsage.rss();
  const samples = [rssBefore];
  const sampler = setInterval(() => samples.push(process.memoryUsage.rss()), SAMPLE_MS);
  const startedAt = performance.now();
  try {
    const removed = await retention.apply(environmentId, { confirmed });
    return { removed, stoppedAt: null, seconds: secondsSince(startedAt), rssBefore, ...peaksOf(samples) };
  } catch (error) {
    if (!(error instanceof RetentionStopped)) throw error;
    return { removed: 0, stoppedAt: error.due, seconds: secondsSince(startedAt), rssBefore, ...peaksOf(samples) };
  } finally {
    clearInterval(sampler);
  }
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}

function peaksOf(samples: readonly number[]): Pick<RetentionReport, 'rssPeak' | 'rssQuarters'> {
  const most = (from: number, to: number) => samples.slice(from, to).reduce((a, b) => Math.max(a, b), 0);
  const at = (quarter: number) => Math.ceil((samples.length * quarter) / 4);
  return {
    rssPeak: most(0, samples.length),
    rssQuarters: [0, 1, 2, 3].map((quarter) => most(at(quarter), at(quarter + 1))),
  };
}
