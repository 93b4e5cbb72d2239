import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { AccessModule } from './access/access.module.js';
import { AuditModule } from './audit/audit.module.js';
import { AnnouncementsModule } from './announcements/announcements.module.js';
import { KeeperModule } from './keeper/keeper.module.js';
import { LoggerModule } from 'nestjs-pino';
import { ConfigModule } from './config/config.module.js';
import { Configuration } from './config/configuration.js';
import { Contract } from './contract/contract.js';
import { RequestPipelineModule } from './contract/request-pipeline.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DeploymentsModule } from './deployments/deployments.module.js';
import { ExportsModule } from './exports/exports.module.js';
import { HealthModule } from './health/health.module.js';
import { ItemRestoresModule } from './item-restores/item-restores.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { type LogDestination, logOptions } from './logging/log-options.js';
import { MetricsModule } from './metrics/metrics.module.js';
import { OperationsModule } from './operations/operations.module.js';
import { ProjectsModule } from './projects/projects.module.js';
import { QuotasModule } from './quotas/quotas.module.js';
import { ProvisioningModule } from './provisioning/provisioning.module.js';
import { ProtectionModule } from './protection/protection.module.js';
import { ReplicationModule } from './replication/replication.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { RollbacksModule } from './rollbacks/rollbacks.module.js';
import { SchedulesModule } from './schedules/schedules.module.js';
import { SettingsModule } from './settings/settings.module.js';
import { UsageModule } from './usage/usage.module.js';
import { WebhooksModule } from './webhooks/webhooks.module.js';
import { ContentsModule } from './contents/contents.module.js';
import { SnapshotsModule } from './snapshots/snapshots.module.js';

/** The composition root: the only place that knows all features. Nobody imports it but `startService`. */
@Module({})
export class AppModule {
  static with(configuration: Configuration, log?: LogDestination): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(configuration),
        LoggerModule.forRootAsync({
          inject: [Configuration, Contract],
          useFactory: (given: Configuration, contract: Contract) => logOptions(given, contract, log),
        }),
        DatabaseModule,
        AnnouncementsModule.inOrder([
          'snapshots',
          'retention',
          'schedules',
          'deployments',
          'rollbacks',
          'item-restores',
          'exports',
          'webhooks',
          'usage',
          'replication',
          'metrics',
        ]),
        JobsModule,
        KeeperModule,
        AuditModule,
        QuotasModule,
        RequestPipelineModule,
        HealthModule,
        AccessModule,
        ProjectsModule,
        SettingsModule,
        SnapshotsModule,
        ContentsModule,
        RetentionModule,
        SchedulesModule,
        DeploymentsModule,
        RollbacksModule,
        ItemRestoresModule,
        ProvisioningModule,
        ExportsModule,
        WebhooksModule,
        UsageModule,
        ReplicationModule,
        OperationsModule,
        ProtectionModule,
        MetricsModule,
      ],
    };
  }
}
