import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { VaultAccessModule } from '../vault-access/vault-access.module.js';
import { VAULT } from '../vault-access/vault.token.js';
import type { Vault } from '../vault/vault.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

/** Liveness, and readiness by asking the state database and the vault. */
@Module({
  imports: [VaultAccessModule],
  controllers: [HealthController],
  providers: [
    {
      provide: Readiness,
      inject: [DataSource, VAULT],
      useFactory: (database: DataSource, vault: Vault) =>
        new Readiness({ database: () => database.query('SELECT 1'), vault: () => vault.probe() }),
    },
  ],
})
export class HealthModule {}
