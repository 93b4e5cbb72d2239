import { Module } from '@nestjs/common';
import { AccessGuard } from './access.guard.js';
import { TokenStrategy } from './token.strategy.js';

/** Who calls and what they may do. `requestPipeline` puts the guard in front of every handler. */
@Module({
  providers: [TokenStrategy, AccessGuard],
  exports: [AccessGuard],
})
export class AuthModule {}
