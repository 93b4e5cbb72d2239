import { Module } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { IdempotencyKeyEntity } from './idempotency-key.entity.js';

/** The keys, for features that claim them in a transaction of their own: see `claimIdempotencyKey`. */
@Module({ imports: [TypeOrmModule.forFeature([IdempotencyKeyEntity])] })
export class IdempotencyModule {}
