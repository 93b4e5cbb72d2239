import { Inject, Module } from '@nestjs/common';
import type { OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import type { VaultAccess } from './vault-access.js';
import { openVaultOfService } from './vault-access.js';
import { VAULT } from './vault.token.js';

const ACCESS = Symbol('vault access');

/** The vault, opened once for each process. */
@Module({
  providers: [
    // After the service's own database has been reached: that it cannot be is said in a sentence there.
    { provide: ACCESS, inject: [Configuration, DataSource], useFactory: openVaultOfService },
    { provide: VAULT, inject: [ACCESS], useFactory: ({ vault }: VaultAccess) => vault },
  ],
  exports: [VAULT],
})
export class VaultAccessModule implements OnApplicationShutdown {
  constructor(@Inject(ACCESS) private readonly access: VaultAccess) {}

  /** After the jobs have been ended or handed back. */
  onApplicationShutdown(): Promise<void> {
    return this.access.close();
  }
}
