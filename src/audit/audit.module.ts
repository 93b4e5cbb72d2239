import { Global, Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditExpiry } from './audit-expiry.js';
import { AuditReader } from './audit-reader.js';
import { RefusalsModule } from './refusals.module.js';

/** Who did what, and what was refused. What was done is written by `audited`, in the transaction that does it. */
@Global()
@Module({
  imports: [RefusalsModule],
  controllers: [AuditController],
  providers: [AuditReader, AuditExpiry],
  exports: [AuditExpiry, RefusalsModule],
})
export class AuditModule {}
