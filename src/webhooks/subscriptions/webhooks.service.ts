import { Injectable } from '@nestjs/common';
import { randomUUID } from 'node:crypto';
import { DataSource, In } from 'typeorm';
import type { EntityManager } from 'typeorm';
import { audited } from '../../audit/audited.js';
import type { Caller } from '../../auth/caller.js';
import { Configuration } from '../../config/configuration.js';
import { requireMatch } from '../../contract/entity-tag.js';
import type { FieldError, WebhookCreate, WebhookUpdate } from '../../contract/generated/types.gen.js';
import { databaseTime } from '../../database/database-time.js';
import { errors } from '../../errors/catalogue.js';
import { KeeperItems } from '../../keeper/keeper-items.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { EnvironmentEntity } from '../../projects/environments/environment.entity.js';
import { ProjectEntity } from '../../projects/project.entity.js';
import { ProjectPlaces } from '../../trust-domains/project-places.js';
import { IDLE_SECONDS } from '../delivery/delivery-upkeep.js';
import { Deliveries, held } from '../delivery/deliveries.js';
import { aboutWebhook, auditedWebhook, changeable } from '../webhook.dto.js';
import { problemOfUrl } from './check-url.js';
import { WebhookReader } from './webhook-reader.js';
import { WebhookSecrets } from './webhook-secrets.js';
import { WebhookEntity } from './webhook.entity.js';

/** A webhook and its secret, which is shown this once. */
export interface WithSecret {
  webhook: WebhookEntity;
  secret: string;
}

/** Who is told, as far as the caller's token reaches. */
@Injectable()
export class WebhooksService {
  constructor(
    private readonly configuration: Configuration,
    private readonly dataSource: DataSource,
    private readonly environments: EnvironmentReader,
    private readonly reader: WebhookReader,
    private readonly secrets: WebhookSecrets,
    private readonly places: ProjectPlaces,
    private readonly items: KeeperItems,
    private readonly deliveries: Deliveries,
  ) {}

  /** Throws `not-found`, `validation-failed`, or `webhook-limit-reached`. */
  async create(caller: Caller, projectId: string, body: WebhookCreate): Promise<WithSecret> {
    await this.environments.requireProject(caller, projectId);
    await this.refuseWrong(this.dataSource.manager, caller, projectId, body);
    // Known before the row is there, because its secret is sealed under it.
    const id = randomUUID();
    const secret = this.secrets.make(id);
    return this.dataSource.transaction(async (manager) => {
      await this.refuseOneTooMany(manager, projectId);
      const createdAt = await databaseTime(manager);
      const webhook = await manager.save(
        manager.create(WebhookEntity, {
          id,
          projectId,
          url: body.url,
          events: body.events,
          environmentIds: body.environmentIds ?? null,
          description: body.description ?? null,
          enabled: body.enabled ?? true,
          secret: secret.sealed,
          createdAt,
          updatedAt: createdAt,
        }),
      );
      // Nothing is to be done yet; what happens wakes it.
      await this.items.put(manager, 'webhook-delivery', { subject: id, projectId, afterSeconds: IDLE_SECONDS });
      const made = await manager.findOneByOrFail(WebhookEntity, { id: webhook.id });
      audited(manager, { ...aboutWebhook(made), after: auditedWebhook(made) });
      return { webhook: made, secret: secret.plain };
    });
  }

  /**
   * Changes what is given. Throws `not-found`, `validation-failed`, and `precondition-failed` when it is not what `ifMatch` names.
   * What waits for a URL that did not answer is sent to the new one at once.
   */
  async update(caller: Caller, webhookId: string, body: WebhookUpdate, ifMatch?: string): Promise<WebhookEntity> {
    await this.reader.require(caller, webhookId);
    return this.dataSource.transaction(async (manager) => {
      const before = await hold(manager, webhookId);
      requireMatch(ifMatch, 'webhook', changeable(before));
      await this.refuseWrong(manager, caller, before.projectId, body);
      const { enabled, ...changes } = body;
      const begins = enabled === true && !before.enabled;
      const moves = body.url !== undefined && body.url !== before.url;
      await manager.update(
        WebhookEntity,
        { id: webhookId },
        {
          ...changes,
          ...(begins && { enabled, disabledBecause: null }),
          ...((begins || moves) && { firstFailedAt: null, lastFailure: null }),
          updatedAt: () => 'clock_timestamp()',
        },
      );
      if (enabled === false && before.enabled) await this.deliveries.disable(manager, webhookId, null);
      if (enabled === false) await manager.update(WebhookEntity, { id: webhookId }, { disabledBecause: null });
      if (begins || moves) await this.deliveries.hurry(manager, webhookId);
      await this.items.wake(manager, 'webhook-delivery', [webhookId]);
      const after = await manager.findOneByOrFail(WebhookEntity, { id: webhookId });
      const told = { ...auditedWebhook(after), ...(moves && { urlChanged: true }) };
      audited(manager, { ...aboutWebhook(after), before: auditedWebhook(before), after: told });
      return after;
    });
  }

  /** With all that was to be delivered. The keeper finds that there is nothing left to do. Throws `not-found`. */
  async delete(caller: Caller, webhookId: string): Promise<void> {
    await this.reader.require(caller, webhookId);
    await this.dataSource.transaction(async (manager) => {
      const before = await held(manager, webhookId);
      // Somebody else has deleted it a moment ago.
      if (before === null) return;
      await manager.delete(WebhookEntity, { id: webhookId });
      audited(manager, { ...aboutWebhook(before), before: auditedWebhook(before) });
      await this.items.wake(manager, 'webhook-delivery', [webhookId]);
    });
  }

  /** For so many hours the secret before signs too; an older one does not any more. Throws `not-found`. */
  async rotateSecret(caller: Caller, webhookId: string, overlapHours: number): Promise<WithSecret> {
    await this.reader.require(caller, webhookId);
    const secret = this.secrets.make(webhookId);
    return this.dataSource.transaction(async (manager) => {
      const { secret: before, projectId } = await hold(manager, webhookId);
      const until = new Date((await databaseTime(manager)).getTime() + overlapHours * 3_600_000);
      const previous =
        overlapHours === 0
          ? { previousSecret: null, previousSecretUntil: null }
          : { previousSecret: before, previousSecretUntil: until };
      await manager.update(
        WebhookEntity,
        { id: webhookId },
        { secret: secret.sealed, ...previous, updatedAt: () => 'clock_timestamp()' },
      );
      const { previousSecretUntil } = previous;
      audited(manager, {
        subject: ['webhook', webhookId],
        projectId,
        after: { secretRotated: true, previousSecretUntil },
      });
      // It may have waited for a secret that can be read.
      await this.items.wake(manager, 'webhook-delivery', [webhookId]);
      return { webhook: await manager.findOneByOrFail(WebhookEntity, { id: webhookId }), secret: secret.plain };
    });
  }

  private async refuseWrong(
    manager: EntityManager,
    caller: Caller,
    projectId: string,
    { url, environmentIds }: Pick<WebhookUpdate, 'url' | 'environmentIds'>,
  ): Promise<void> {
    const problems: FieldError[] = [];
    const { webhookHosts } = this.places.ofOrganization(caller.organization);
    const message = url === undefined ? null : problemOfUrl(url, webhookHosts);
    if (message !== null) problems.push({ field: 'url', message });
    const named = new Set((environmentIds ?? []).map((id) => id.toLowerCase()));
    const found = named.size === 0 ? 0 : await manager.countBy(EnvironmentEntity, { id: In([...named]), projectId });
    if (found < named.size)
      problems.push({ field: 'environmentIds', message: 'must be ids of environments of this project' });
    if (problems.length > 0) throw errors.validationFailed(problems);
  }

  /** Of two that are created at once, one counts the other. */
  private async refuseOneTooMany(manager: EntityManager, projectId: string): Promise<void> {
    const lock = { mode: 'for_no_key_update' } as const;
    const project = await manager.findOne(ProjectEntity, { where: { id: projectId }, lock });
    if (project === null) throw errors.notFound('project', projectId);
    const limit = this.configuration.WEBHOOKS_PER_PROJECT;
    if ((await manager.countBy(WebhookEntity, { projectId })) >= limit) throw errors.webhookLimitReached(limit);
  }
}

async function hold(manager: EntityManager, webhookId: string): Promise<WebhookEntity> {
  const webhook = await held(manager, webhookId);
  if (webhook === null) throw errors.notFound('webhook', webhookId);
  return webhook;
}
