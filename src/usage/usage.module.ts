import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { UsageController } from './usage.controller.js';
import { UsageDayEntity } from './usage-day.entity.js';
import { UsageLooks } from './usage-looks.js';
import { UsageUpkeep } from './usage-upkeep.js';
import { UsageService } from './usage.service.js';

@Module({
  imports: [TypeOrmModule.forFeature([UsageDayEntity])],
  controllers: [UsageController],
  providers: [UsageLooks, UsageService, UsageUpkeep],
})
export class UsageModule {}
