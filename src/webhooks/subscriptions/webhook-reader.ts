import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Caller } from '../../auth/caller.js';
import type { WebhookDeliveryListData } from '../../contract/generated/types.gen.js';
import { newestPage, type Condition } from '../../database/newest-first.js';
import type { Page, PageQuery } from '../../database/page.js';
import { RowReader } from '../../database/row-reader.js';
import { errors } from '../../errors/catalogue.js';
import { EnvironmentReader } from '../../projects/environments/environment-reader.js';
import { ProjectEntity } from '../../projects/project.entity.js';
import { seenBy } from '../../projects/tenancy.js';
import { WebhookDeliveryEntity } from '../delivery/webhook-delivery.entity.js';
import { WebhookEntity } from './webhook.entity.js';

const WEBHOOKS = new RowReader(WebhookEntity);
const DELIVERIES = new RowReader(WebhookDeliveryEntity);

/** Webhooks and their deliveries, as far as the caller's token reaches. */
@Injectable()
export class WebhookReader {
  constructor(
    @InjectRepository(WebhookEntity) private readonly webhooks: Repository<WebhookEntity>,
    @InjectRepository(WebhookDeliveryEntity) private readonly deliveries: Repository<WebhookDeliveryEntity>,
    private readonly environments: EnvironmentReader,
  ) {}

  /** Throws `not-found` when there is none, or it is not the caller's. */
  async require(caller: Caller, webhookId: string): Promise<WebhookEntity> {
    const query = this.webhooks
      .createQueryBuilder('webhook')
      .innerJoin(ProjectEntity, 'project', 'project.id = webhook.project_id')
      .where('webhook.id = :webhookId', { webhookId });
    const webhook = await seenBy(query, caller).getOne();
    if (webhook === null) throw errors.notFound('webhook', webhookId);
    return webhook;
  }

  /** Of a project, newest first. Throws `not-found`, and `validation-failed` for a cursor of another list. */
  async list(caller: Caller, projectId: string, query: PageQuery): Promise<Page<WebhookEntity>> {
    await this.environments.requireProject(caller, projectId);
    return newestPage(WEBHOOKS, this.webhooks.manager, [['row.project_id = ?', projectId]], query);
  }

  /** Of a webhook, newest first. Throws the same. */
  async listDeliveries(
    caller: Caller,
    webhookId: string,
    query: NonNullable<WebhookDeliveryListData['query']>,
  ): Promise<Page<WebhookDeliveryEntity>> {
    await this.require(caller, webhookId);
    const conditions: Condition[] = [
      ['row.webhook_id = ?', webhookId],
      ['row.status = ?', query.status],
    ];
    return newestPage(DELIVERIES, this.deliveries.manager, conditions, query);
  }
}
