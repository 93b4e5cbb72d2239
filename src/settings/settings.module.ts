import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { ProjectsModule } from '../projects/projects.module.js';
import { SettingsController } from './settings.controller.js';
import { SettingsReader } from './settings-reader.js';
import { SettingsService } from './settings.service.js';
import { SnapshotSettingsEntity } from './snapshot-settings.entity.js';

@Module({
  imports: [TypeOrmModule.forFeature([SnapshotSettingsEntity]), ProjectsModule],
  controllers: [SettingsController],
  providers: [SettingsReader, SettingsService],
  exports: [SettingsReader],
})
export class SettingsModule {}
