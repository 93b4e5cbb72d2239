import { Module } from '@nestjs/common';
import { AccessGuard } from './access.guard.js';
import { TrustDomainsModule } from '../trust-domains/trust-domains.module.js';
import { TokenStrategy } from './token.strategy.js';

/** Who calls and what they may do. `requestPipeline` puts the guard in front of every handler. */
@Module({
  imports: [TrustDomainsModule],
  providers: [TokenStrategy, AccessGuard],
  exports: [AccessGuard],
})
export class AuthModule {}
