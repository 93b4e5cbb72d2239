import type { DataSourceOptions } from 'typeorm';
import { AuditSubscriber } from '../audit/audit-subscriber.js';
import { Initial1764000000000 } from './migrations/1764000000000-initial.js';
import { Differential1764100000000 } from './migrations/1764100000000-differential.js';
import { Damage1764150000000 } from './migrations/1764150000000-damage.js';
import { CutoverJournal1764200000000 } from './migrations/1764200000000-cutover-journal.js';
import { Verification1764300000000 } from './migrations/1764300000000-verification.js';
import { RestoreNeeds1764360000000 } from './migrations/1764360000000-restore-needs.js';
import { ProvenPlaces1764370000000 } from './migrations/1764370000000-proven-places.js';
import { StartProofs1764380000000 } from './migrations/1764380000000-start-proofs.js';
import { BroughtBack1764450000000 } from './migrations/1764450000000-brought-back.js';
import { SafetyAfterSwap1764460000000 } from './migrations/1764460000000-safety-after-swap.js';
import { Standby1764470000000 } from './migrations/1764470000000-standby.js';
import { RestoredStates1764480000000 } from './migrations/1764480000000-restored-states.js';
import { Schedules1764500000000 } from './migrations/1764500000000-schedules.js';
import { Audit1764510000000 } from './migrations/1764510000000-audit.js';
import { Keeper1764390000000 } from './migrations/1764390000000-keeper.js';
import { Restorability1764350000000 } from './migrations/1764350000000-restorability.js';
import { Webhooks1764520000000 } from './migrations/1764520000000-webhooks.js';
import { Quotas1764530000000 } from './migrations/1764530000000-quotas.js';
import { Scale1764540000000 } from './migrations/1764540000000-scale.js';
import { History1764550000000 } from './migrations/1764550000000-history.js';
import { NeutralizePaths1764560000000 } from './migrations/1764560000000-neutralize-paths.js';
import { Replica1764570000000 } from './migrations/1764570000000-replica.js';
import { Exclude1764590000000 } from './migrations/1764590000000-exclude.js';
import { ItemRestores1764600000000 } from './migrations/1764600000000-item-restores.js';
import { Exports1764610000000 } from './migrations/1764610000000-exports.js';
import { Locks1764620000000 } from './migrations/1764620000000-locks.js';
import { Provisioned1764630000000 } from './migrations/1764630000000-provisioned.js';
import { STATE_POOL, STATEMENT_TIMEOUT_MS } from './state-session.js';

type EntityClass = new () => object;

/**
 * The service's own database: what it knows, and nothing of what it captures. `entities` are for whoever opens it outside the
 * service, in which each feature's module registers its own.
 */
export function dataSourceOptions(url: string, poolSize: number, entities: EntityClass[] = []): DataSourceOptions {
  return {
    type: 'postgres',
    url,
    poolSize,
    applicationName: 'snapback',
    entities,
    migrations: [
      Initial1764000000000,
      Differential1764100000000,
      Damage1764150000000,
      CutoverJournal1764200000000,
      Verification1764300000000,
      Restorability1764350000000,
      RestoreNeeds1764360000000,
      ProvenPlaces1764370000000,
      StartProofs1764380000000,
      Keeper1764390000000,
      BroughtBack1764450000000,
      SafetyAfterSwap1764460000000,
      Standby1764470000000,
      RestoredStates1764480000000,
      Schedules1764500000000,
      Audit1764510000000,
      Webhooks1764520000000,
      Quotas1764530000000,
      Scale1764540000000,
      History1764550000000,
      NeutralizePaths1764560000000,
      Replica1764570000000,
      Exclude1764590000000,
      ItemRestores1764600000000,
      Exports1764610000000,
      Locks1764620000000,
      Provisioned1764630000000,
    ],
    // Whoever opens it writes into the audit what they change.
    subscribers: [AuditSubscriber],
    migrationsTransactionMode: 'each',
    synchronize: false,
    extra: { ...STATE_POOL, statement_timeout: STATEMENT_TIMEOUT_MS },
  };
}
