import { Module } from '@nestjs/common';
import { ProjectsModule } from '../projects/projects.module.js';
import { AccessController } from './access.controller.js';
import { AccessibleProjects } from './accessible-projects.js';

@Module({ imports: [ProjectsModule], controllers: [AccessController], providers: [AccessibleProjects] })
export class AccessModule {}
