import { Module } from '@nestjs/common';
import { HealthModule } from '../health/health.module.js';
import { ProcessesModule } from '../processes/processes.module.js';
import { ProtectionModule } from '../protection/protection.module.js';
import { ProgressModule } from '../progress/progress.module.js';
import { ReplicationModule } from '../replication/replication.module.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { CountedRequests } from './counted-requests.js';
import { CountedWork } from './counted-work.js';
import { Instruments } from './instruments.js';
import { MetricsServer } from './metrics-server.js';
import { ProcessGauges } from './process-gauges.js';
import { StateFactsReader } from './state-facts.js';
import { StateGauges } from './state-gauges.js';

/** What Prometheus is told. Stands on all features, and none knows of it. */
@Module({
  imports: [HealthModule, ProtectionModule, ProcessesModule, ProgressModule, SnapshotsModule, ReplicationModule],
  providers: [Instruments, CountedWork, CountedRequests, StateFactsReader, StateGauges, ProcessGauges, MetricsServer],
})
export class MetricsModule {}
