import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module.js';
import { SettingsModule } from '../settings/settings.module.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { RetentionCandidates } from './retention-candidates.js';
import { PinExpiry } from './pin-expiry.js';
import { RetentionForecasts } from './retention-forecast.js';
import { RetentionController } from './retention.controller.js';
import { RetentionRunUpkeep } from './retention-run-upkeep.js';
import { RetentionUpkeep } from './retention-upkeep.js';
import { RetentionService } from './retention.service.js';

@Module({
  imports: [ProjectsModule, SettingsModule, SnapshotsModule],
  controllers: [RetentionController],
  providers: [
    RetentionService,
    RetentionCandidates,
    RetentionForecasts,
    PinExpiry,
    RetentionRunUpkeep,
    RetentionUpkeep,
  ],
})
export class RetentionModule {}
