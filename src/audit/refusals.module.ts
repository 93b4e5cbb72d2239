import { Module } from '@nestjs/common';
import { Refusals } from './refusals.js';

/** By itself, because what is global ends last, the database's connections among it: what was counted is written before. */
@Module({ providers: [Refusals], exports: [Refusals] })
export class RefusalsModule {}
