import { Inject, Injectable, Logger } from '@nestjs/common';
import type { OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { audited } from '../../audit/audited.js';
import { Configuration } from '../../config/configuration.js';
import type { KeeperItemEntity } from '../../keeper/keeper-item.entity.js';
import { UpkeepRegistry } from '../../keeper/upkeep-registry.js';
import type { Again, NewKeeperItem, Upkeep } from '../../keeper/upkeep.js';
import { inSpan } from '../../engine/spans.js';
import { VAULT } from '../../vault-access/vault.token.js';
import type { CollectReport, Vault } from '../../vault/vault.js';

/** How long deletions gather before they are collected (seconds). */
const GATHER_SECONDS = 5;
/** A collection that found nothing to do still comes again: what writers that died have left, what captures under way held up. */
const DAY_SECONDS = 24 * 60 * 60;
/** What captures under way held up can go when they are over. */
const WAITING_SECONDS = 15 * 60;

/** What the keeper is left when something of a project's content may be needed no more. It is collected at most every `pauseSeconds`. */
export function collectionOf(projectId: string, pauseSeconds: number): NewKeeperItem {
  return { subject: projectId, projectId, afterSeconds: Math.min(GATHER_SECONDS, pauseSeconds), pauseSeconds };
}

/** Frees the content of a project that no snapshot needs any more: some time after a deletion, and once a day. */
@Injectable()
export class CollectionUpkeep implements Upkeep, OnModuleInit {
  readonly kind = 'collection';
  readonly concurrency: number;
  readonly help = 'Run "npm run vault -- check" and, where it says so, "repair"; until then nothing more is freed.';
  private readonly logger = new Logger(CollectionUpkeep.name);

  constructor(
    configuration: Configuration,
    private readonly registry: UpkeepRegistry,
    private readonly dataSource: DataSource,
    @Inject(VAULT) private readonly vault: Vault,
  ) {
    this.concurrency = configuration.COLLECTION_CONCURRENCY;
  }

  onModuleInit(): void {
    this.registry.register(this);
  }

  async tend({ subject: projectId, organization }: KeeperItemEntity, signal: AbortSignal): Promise<Again | void> {
    const report = await inSpan('collection', { attributes: { 'snapback.project.id': projectId } }, async (span) => {
      const collected = await this.vault.collect(projectId, { signal });
      span.setAttribute('snapback.removed_objects', collected.removedObjects);
      return collected;
    });
    if (report.removedObjects > 0) {
      this.logger.log({ projectId, ...report }, 'Collected unreferenced content.');
      // Where that cannot be written it has been freed all the same, and stands in the log; the keeper says that something is amiss.
      await this.dataSource.transaction(async (manager) =>
        audited(manager, {
          ...{ operation: 'vault.collect', subject: ['project', projectId], projectId, after: freed(report) },
          ...(organization !== null && { organization }),
        }),
      );
    }
    // Of a project that is gone nothing is left, then: the store was looked through, and nothing waits for a capture or the end of a lock.
    const { manifests, removedObjects, waitingPacks, lockedPacks, thorough } = report;
    if (manifests + removedObjects + waitingPacks + lockedPacks === 0 && thorough) return undefined;
    return { afterSeconds: waitingPacks > 0 ? WAITING_SECONDS : DAY_SECONDS };
  }
}

function freed({ removedObjects, removedBytes, thorough }: CollectReport) {
  return { removedObjects, removedBytes, thorough };
}
