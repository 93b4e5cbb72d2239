import { Module } from '@nestjs/common';
import type { DynamicModule } from '@nestjs/common';
import { Announcements } from './announcements.js';

@Module({})
export class AnnouncementsModule {
  /** `order`: as `Announcements` says. */
  static inOrder(order: readonly string[]): DynamicModule {
    return {
      module: AnnouncementsModule,
      global: true,
      providers: [{ provide: Announcements, useValue: new Announcements(order) }],
      exports: [Announcements],
    };
  }
}
