import { Global, Module } from '@nestjs/common';
import { QuotasController } from './quotas.controller.js';
import { Quotas } from './quotas.js';

/** What organizations may have. Operators say it: `npm run quotas`. */
@Global()
@Module({ controllers: [QuotasController], providers: [Quotas], exports: [Quotas] })
export class QuotasModule {}
