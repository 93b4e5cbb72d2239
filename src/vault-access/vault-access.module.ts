import { Inject, Module } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Configuration } from '../config/configuration.js';
import type { VaultAccess } from './vault-access.js';
import { openVaultOfService } from './vault-access.js';
import { VaultProof } from './vault-proof.js';
import { VAULT, VAULT_ACCESS } from './vault.token.js';

/** The vault, opened once for each process. */
@Module({
  providers: [
    // After the service's own database has been reached: that it cannot be is said in a sentence there.
    { provide: VAULT_ACCESS, inject: [Configuration, DataSource], useFactory: openVaultOfService },
    {
      provide: VaultProof,
      inject: [VAULT_ACCESS, Configuration],
      useFactory: (access: VaultAccess, configuration: Configuration) => new VaultProof(access, configuration),
    },
    { provide: VAULT, inject: [VAULT_ACCESS], useFactory: ({ vault }: VaultAccess) => vault },
  ],
  exports: [VAULT, VAULT_ACCESS],
})
export class VaultAccessModule implements OnApplicationBootstrap, OnApplicationShutdown {
  constructor(
    @Inject(VAULT_ACCESS) private readonly access: VaultAccess,
    private readonly proof: VaultProof,
  ) {}

  onApplicationBootstrap(): void {
    // Not waited for: a store that is away keeps nobody from starting.
    void this.proof.begin();
  }

  /** After the jobs have been ended or handed back. */
  onApplicationShutdown(): Promise<void> {
    this.proof.stop();
    return this.access.close();
  }
}
