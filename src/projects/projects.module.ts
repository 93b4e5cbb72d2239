import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { EnvironmentChecks } from './environment-checks.js';
import { EnvironmentConnections } from './environment-connections.js';
import { EnvironmentReader } from './environment-reader.js';
import { EnvironmentWatchers } from './environment-watchers.js';
import { EnvironmentsController } from './environments.controller.js';
import { EnvironmentsService } from './environments.service.js';
import { HookHeaders } from './hook-headers.js';
import { OwnPlaces } from './own-places.js';
import { PlaceProofKeeper } from './place-proofs.js';
import { ProjectsController } from './projects.controller.js';
import { ProjectsService } from './projects.service.js';
import { provenSecretBox } from './prove-credentials-key.js';
import { SecretBox } from './secret-box.js';
import { SharedPlaces } from './shared-places.js';
import { ForeignState } from '../trust-domains/foreign-state.js';
import { ProjectPlaces } from '../trust-domains/project-places.js';
import { TrustDomainsModule } from '../trust-domains/trust-domains.module.js';

@Module({
  imports: [TrustDomainsModule],
  controllers: [ProjectsController, EnvironmentsController],
  providers: [
    ProjectsService,
    EnvironmentsService,
    EnvironmentChecks,
    EnvironmentConnections,
    EnvironmentReader,
    EnvironmentWatchers,
    ForeignState,
    OwnPlaces,
    PlaceProofKeeper,
    HookHeaders,
    ProjectPlaces,
    SharedPlaces,
    {
      provide: SecretBox,
      inject: [Configuration, DataSource],
      useFactory: provenSecretBox,
    },
  ],
  exports: [
    EnvironmentReader,
    EnvironmentConnections,
    EnvironmentWatchers,
    HookHeaders,
    OwnPlaces,
    PlaceProofKeeper,
    ProjectPlaces,
    SharedPlaces,
  ],
})
export class ProjectsModule {}
