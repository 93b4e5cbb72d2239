import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { BesideRemoval } from './places/beside-removal.js';
import { EnvironmentChecks } from './environments/environment-checks.js';
import { EnvironmentConnections } from './connections/environment-connections.js';
import { EnvironmentEntity } from './environments/environment.entity.js';
import { EnvironmentReader } from './environments/environment-reader.js';
import { EnvironmentsController } from './environments/environments.controller.js';
import { EnvironmentsService } from './environments/environments.service.js';
import { HookHeaders } from './connections/hook-headers.js';
import { OwnPlaces } from './places/own-places.js';
import { PlaceProofKeeper } from './places/place-proofs.js';
import { ProjectEntity } from './project.entity.js';
import { ProjectsController } from './projects.controller.js';
import { ProjectsService } from './projects.service.js';
import { provenSecretBox } from './connections/prove-credentials-key.js';
import { SecretBox } from './connections/secret-box.js';
import { SharedPlaces } from './places/shared-places.js';
import { ForeignState } from '../trust-domains/foreign-state.js';
import { ProjectPlaces } from '../trust-domains/project-places.js';
import { TrustDomainsModule } from '../trust-domains/trust-domains.module.js';

@Module({
  imports: [TypeOrmModule.forFeature([ProjectEntity, EnvironmentEntity]), TrustDomainsModule],
  controllers: [ProjectsController, EnvironmentsController],
  providers: [
    ProjectsService,
    BesideRemoval,
    EnvironmentsService,
    EnvironmentChecks,
    EnvironmentConnections,
    EnvironmentReader,
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
    TypeOrmModule,
    BesideRemoval,
    EnvironmentChecks,
    EnvironmentReader,
    EnvironmentConnections,
    HookHeaders,
    OwnPlaces,
    PlaceProofKeeper,
    ProjectPlaces,
    SecretBox,
    SharedPlaces,
  ],
})
export class ProjectsModule {}
