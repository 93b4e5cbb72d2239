import { Module } from '@nestjs/common';
import { ThrottlerModule } from '@nestjs/throttler';
import { Configuration } from '../config/configuration.js';
import { AddressLimit } from './address-limit.js';
import { CallerLimitGuard, callerLimits } from './caller-limit.guard.js';

/** How often somebody may ask: by subject and organization, and by address without a token. Each process counts for itself. */
@Module({
  imports: [ThrottlerModule.forRootAsync({ inject: [Configuration], useFactory: callerLimits })],
  providers: [AddressLimit, CallerLimitGuard],
  exports: [AddressLimit, CallerLimitGuard],
})
export class RateLimitsModule {}
