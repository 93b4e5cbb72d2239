import { Module } from '@nestjs/common';
import { Configuration } from '../config/configuration.js';
import { SnapshotsModule } from '../snapshots/snapshots.module.js';
import { replicaPlace } from '../vault-access/store-place.js';
import { CopiedSnapshots } from './copied-snapshots.js';
import { REPLICA_PLACE } from './replica-place.token.js';
import { ReplicaAccess } from './replica-access.js';
import { ReplicaProjects } from './replica-projects.js';
import { StateLedger } from './state-ledger.js';
import { ReplicationUpkeep } from './replication-upkeep.js';

/** The second vault elsewhere. A place that is the vault's own ends the start; what is wrong with one that is away now, the keeper says. */
@Module({
  imports: [SnapshotsModule],
  providers: [
    { provide: REPLICA_PLACE, inject: [Configuration], useFactory: replicaPlace },
    StateLedger,
    ReplicaProjects,
    ReplicaAccess,
    CopiedSnapshots,
    ReplicationUpkeep,
  ],
  exports: [REPLICA_PLACE, CopiedSnapshots],
})
export class ReplicationModule {}
