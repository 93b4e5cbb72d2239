import { Module } from '@nestjs/common';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { ProtectionController } from './protection.controller.js';
import { ProtectionFacts } from './protection-facts.js';
import { ProtectionHistory } from './protection-history.js';
import { ProtectionService } from './protection.service.js';
import { RollbackOutlooks } from './rollback-outlook.js';

@Module({
  imports: [SnapshotsModule],
  controllers: [ProtectionController],
  providers: [ProtectionFacts, ProtectionHistory, ProtectionService, RollbackOutlooks],
  exports: [ProtectionFacts],
})
export class ProtectionModule {}
