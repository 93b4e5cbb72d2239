import { Inject, Injectable } from '@nestjs/common';
import { ConfigurationError } from '../config/configuration-error.js';
import { openStore } from '../vault-access/open-store.js';
import { nameOfPlace, type StorePlace } from '../vault-access/store-place.js';
import type { VaultAccess } from '../vault-access/vault-access.js';
import { VAULT_ACCESS } from '../vault-access/vault.token.js';
import { openReplica } from '../vault/replica/open-replica.js';
import { ReplicaError } from '../vault/replica/replica-error.js';
import type { ReplicaParts } from '../vault/replica/replica-parts.js';
import { REPLICA_PLACE } from './replica-place.token.js';
import { ReplicaProjects } from './replica-projects.js';
import { StateLedger } from './state-ledger.js';

/** Opens the replica for a piece of work. Each time anew: a disk may have been taken away meanwhile, and another one put in its place. */
@Injectable()
export class ReplicaAccess {
  constructor(
    @Inject(REPLICA_PLACE) private readonly place: StorePlace | undefined,
    @Inject(VAULT_ACCESS) private readonly vault: VaultAccess,
    private readonly ledger: StateLedger,
    private readonly projects: ReplicaProjects,
  ) {}

  get isConfigured(): boolean {
    return this.place !== undefined;
  }

  /** Rejects with `ReplicaError` when it is not what it should be, as its backend does, and as `work` does. */
  async use<T>(work: (parts: ReplicaParts) => Promise<T>): Promise<T> {
    const { place } = this;
    if (place === undefined) throw new Error('There is no replica.');
    const store = await openStore(place).catch((error: unknown) => {
      if (!(error instanceof ConfigurationError)) throw error;
      throw new ReplicaError('replica-unreachable', error.message, { cause: error });
    });
    try {
      const { backend: vault, catalogue, masterKey } = this.vault;
      const name = nameOfPlace(place);
      await openReplica(vault, store.backend, () => this.projects.isFilled(name));
      await this.projects.bind(name);
      return await work({ vault, catalogue, masterKey, replica: store.backend, ledger: this.ledger });
    } finally {
      store.close();
    }
  }
}
