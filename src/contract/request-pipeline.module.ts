import { Module } from '@nestjs/common';
import { APP_FILTER, APP_GUARD } from '@nestjs/core';
import { AuditedProblemFilter } from '../audit/audited-problem.filter.js';
import { AccessGuard } from '../auth/access.guard.js';
import { AuthModule } from '../auth/auth.module.js';
import { PermissionGuard } from '../auth/permission.guard.js';
import { UnknownPaths } from '../errors/unknown-paths.js';
import { CallerLimitGuard } from '../rate-limits/caller-limit.guard.js';
import { RateLimitsModule } from '../rate-limits/rate-limits.module.js';
import { ContractGuard } from './contract.guard.js';
import { ContractModule } from './contract.module.js';

/**
 * What every request goes through, in this order: who calls (401), not too often (429), may the caller do it
 * (403), does it fit the contract (415, 413, 400, 422), then the handler (404, 409 …). Whatever goes wrong becomes a
 * problem document.
 */
@Module({
  imports: [AuthModule, RateLimitsModule, ContractModule],
  providers: [
    { provide: APP_GUARD, useExisting: AccessGuard },
    { provide: APP_GUARD, useExisting: CallerLimitGuard },
    { provide: APP_GUARD, useExisting: PermissionGuard },
    { provide: APP_GUARD, useExisting: ContractGuard },
    { provide: APP_FILTER, useClass: AuditedProblemFilter },
    UnknownPaths,
  ],
})
export class RequestPipelineModule {}
