import { Global, Module } from '@nestjs/common';
import { JobQueue } from './job-queue.js';
import { JobRegistry } from './job-registry.js';
import { JobWorker } from './job-worker.js';

@Global()
@Module({
  providers: [JobRegistry, JobQueue, JobWorker],
  exports: [JobRegistry, JobQueue],
})
export class JobsModule {}
