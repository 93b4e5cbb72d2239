import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { ProjectEntity } from '../../projects/project.entity.js';
import type { SnapshotOrigin } from '../../vault/manifests/manifest.js';
import type { SnapshotEntity } from '../snapshot.entity.js';

/** What a manifest says of where its snapshot comes from, so that the vault alone is enough to bring the rows back. */
@Injectable()
export class SnapshotOrigins {
  constructor(@InjectRepository(ProjectEntity) private readonly projects: Repository<ProjectEntity>) {}

  async of(snapshot: SnapshotEntity, environment: EnvironmentEntity): Promise<SnapshotOrigin> {
    const project = await this.projects.findOneByOrFail({ id: environment.projectId });
    const { id, name, type, pool, labels } = environment;
    return {
      organization: project.organization,
      project: {
        id: project.id,
        name: project.name,
        ...(project.description !== null && { description: project.description }),
      },
      environment: {
        ...{ id, name, type, pool, labels },
        database: environment.database !== null,
        filestore: environment.filestorePath !== null,
      },
      trigger: snapshot.trigger,
      ...(snapshot.label !== null && { label: snapshot.label }),
      requestedBy: snapshot.requestedBy,
      requestedAt: snapshot.createdAt.toISOString(),
      ...(snapshot.deploymentId !== null && { deploymentId: snapshot.deploymentId }),
    };
  }
}
