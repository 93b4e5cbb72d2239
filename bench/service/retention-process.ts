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
  let rssPeak = rssBefore;
  const sampler = setInterval(() => (rssPeak = Math.max(rssPeak, process.memoryUsage.rss())), SAMPLE_MS);
  const startedAt = performance.now();
  try {
    const removed = await retention.apply(environmentId, { confirmed });
    return { removed, stoppedAt: null, seconds: secondsSince(startedAt), rssBefore, rssPeak };
  } catch (error) {
    if (!(error instanceof RetentionStopped)) throw error;
    return { removed: 0, stoppedAt: error.due, seconds: secondsSince(startedAt), rssBefore, rssPeak };
  } finally {
    clearInterval(sampler);
  }
}

function secondsSince(startedAt: number): number {
  return (performance.now() - startedAt) / 1000;
}
