import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module.js';
import { SettingsController } from './settings.controller.js';
import { SettingsReader } from './settings-reader.js';
import { SettingsService } from './settings.service.js';

@Module({
  imports: [ProjectsModule],
  controllers: [SettingsController],
  providers: [SettingsReader, SettingsService],
  exports: [SettingsReader],
})
export class SettingsModule {}
