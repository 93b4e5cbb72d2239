import { Module } from '@nestjs/common';
import { ProtectionController } from './protection.controller.js';
import { ProtectionFacts } from './protection-facts.js';
import { ProtectionService } from './protection.service.js';

@Module({
  controllers: [ProtectionController],
  providers: [ProtectionFacts, ProtectionService],
  exports: [ProtectionFacts],
})
export class ProtectionModule {}
