import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { ScheduleModule } from '@nestjs/schedule';
import { LoggerModule } from 'nestjs-pino';
import type { SerializedRequest } from 'pino';
import { ConfigModule } from './config/config.module.js';
import type { Configuration } from './config/configuration.js';
import { RequestPipelineModule } from './contract/request-pipeline.module.js';
import { DatabaseModule } from './database/database.module.js';
import { DeploymentsModule } from './deployments/deployments.module.js';
import { HealthModule } from './health/health.module.js';
import { JobsModule } from './jobs/jobs.module.js';
import { ProjectsModule } from './projects/projects.module.js';
import { RetentionModule } from './retention/retention.module.js';
import { RollbacksModule } from './rollbacks/rollbacks.module.js';
import { SettingsModule } from './settings/settings.module.js';
import { SnapshotsModule } from './snapshots/snapshots.module.js';

/** The composition root: the only place that knows all features. Nobody imports it but `startService`. */
@Module({})
export class AppModule {
  static with(configuration: Configuration): DynamicModule {
    return {
      module: AppModule,
      imports: [
        ConfigModule.forRoot(configuration),
        LoggerModule.forRoot({
          pinoHttp: {
            level: configuration.LOG_LEVEL,
            redact: ['req.headers.authorization', 'req.headers.cookie'],
            serializers: { req: withoutQuery },
            // Probes come every few seconds and say nothing new.
            autoLogging: { ignore: (request) => request.url?.startsWith('/api/v1/health') ?? false },
          },
        }),
        ScheduleModule.forRoot(),
        DatabaseModule,
        JobsModule,
        RequestPipelineModule,
        HealthModule,
        ProjectsModule,
        SettingsModule,
        SnapshotsModule,
        RetentionModule,
        DeploymentsModule,
        RollbacksModule,
      ],
    };
  }
}

/** A query may hold what does not belong into a log: a token that somebody put there, for one. */
function withoutQuery({ id, method, url, headers, remoteAddress, remotePort }: SerializedRequest): object {
  return { id, method, url: url.split('?', 1)[0], headers, remoteAddress, remotePort };
}
