import { Module } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import { VaultAccessModule } from '../vault-access/vault-access.module.js';
import { VAULT } from '../vault-access/vault.token.js';
import type { Vault } from '../vault/vault.js';
import { ClientPrograms } from './client-programs.js';
import { HealthController } from './health.controller.js';
import { Readiness } from './readiness.js';

/** Liveness, readiness by asking the state database and the vault, and which programs there are. */
@Module({
  imports: [VaultAccessModule],
  controllers: [HealthController],
  providers: [
    {
      provide: ClientPrograms,
      inject: [Configuration],
      useFactory: ({ ROLE }: Configuration) => ClientPrograms.look(ROLE !== 'api'),
    },
    {
      provide: Readiness,
      inject: [DataSource, VAULT],
      useFactory: (database: DataSource, vault: Vault) =>
        new Readiness({ database: () => database.query('SELECT 1'), vault: () => vault.probe() }),
    },
  ],
  exports: [Readiness],
})
export class HealthModule {}
