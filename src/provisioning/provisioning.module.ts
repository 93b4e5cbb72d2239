import { Module } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { Announcements } from '../announcements/announcements.js';
import { provision, provisionCheck, provisionRemoval } from '../projects/environments/environment-announcements.js';
import { ProjectsModule } from '../projects/projects.module.js';
import { RollbacksModule } from '../rollbacks/rollbacks.module.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { Provisioning } from './provisioning.js';
import { ProvisioningUpkeep } from './provisioning-upkeep.js';

/** Environments that are made from snapshots. */
@Module({
  imports: [ProjectsModule, SnapshotsModule, RollbacksModule],
  providers: [Provisioning, ProvisioningUpkeep],
})
export class ProvisioningModule implements OnModuleInit {
  constructor(
    private readonly announcements: Announcements,
    private readonly provisioning: Provisioning,
  ) {}

  onModuleInit(): void {
    const { announcements, provisioning } = this;
    announcements.answer(provisionCheck, (asked) => provisioning.check(asked));
    announcements.answer(provision, (asked) => provisioning.make(asked));
    announcements.answer(provisionRemoval, (environment) => provisioning.remove(environment));
  }
}
