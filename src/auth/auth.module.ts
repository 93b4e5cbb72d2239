import { Module } from '@nestjs/common';
import { AccessGuard } from './access.guard.js';
import { TrustDomainsModule } from '../trust-domains/trust-domains.module.js';
import { PermissionGuard } from './permission.guard.js';
import { TokenStrategy } from './verification/token.strategy.js';

/** Who calls and what they may do. `RequestPipelineModule` puts the guards in front of every handler. */
@Module({
  imports: [TrustDomainsModule],
  providers: [TokenStrategy, AccessGuard, PermissionGuard],
  exports: [AccessGuard, PermissionGuard],
})
export class AuthModule {}
