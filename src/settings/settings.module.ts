import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProjectsModule } from '../projects/projects.module.js';
import { SettingsController } from './settings.controller.js';
import { SnapshotDefaultsController } from './snapshot-defaults.controller.js';
import { SnapshotDefaultsService } from './snapshot-defaults.service.js';
import { SettingsReader } from './settings-reader.js';
import { SettingsService } from './settings.service.js';
import { SnapshotSettingsEntity } from './snapshot-settings.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([SnapshotSettingsEntity]), ProjectsModule],
  controllers: [SettingsController, SnapshotDefaultsController],
  providers: [SettingsReader, SettingsService, SnapshotDefaultsService],
  exports: [SettingsReader],
})
export class SettingsModule {}
