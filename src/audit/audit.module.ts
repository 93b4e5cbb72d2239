import { Global, Module } from '@nestjs/common';
import { AuditController } from './audit.controller.js';
import { AuditExpiry } from './audit-expiry.js';
import { AuditReader } from './audit-reader.js';
import { Refusals } from './refusals.js';

/** Who did what, and what was refused. What was done is written by `audited`, in the transaction that does it. */
@Global()
@Module({
  controllers: [AuditController],
  providers: [AuditReader, AuditExpiry, Refusals],
  exports: [AuditExpiry, Refusals],
})
export class AuditModule {}
