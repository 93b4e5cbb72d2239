import { Global, Module } from '@nestjs/common';
import { JobEnds } from './job-ends.js';
import { JobQueue } from './job-queue.js';
import { JobRegistry } from './job-registry.js';
import { JobWorker } from './job-worker.js';
import { RunningJobs } from './running-jobs.js';

@Global()
@Module({
  providers: [JobRegistry, JobQueue, JobEnds, RunningJobs, JobWorker],
  exports: [JobRegistry, JobQueue, JobEnds],
})
export class JobsModule {}
