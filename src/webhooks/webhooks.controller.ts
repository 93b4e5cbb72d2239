import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { CurrentCaller, Requires } from '../auth/access.decorators.js';
import type { Caller } from '../auth/caller.js';
import type { ForCaller } from '../auth/for-caller.js';
import type { WebhooksControllerMethods } from '../contract/generated/nestjs.gen.js';
import type * as api from '../contract/generated/types.gen.js';
import { Tagged } from '../contract/tagged.js';
import { mapPage } from '../database/page.js';
import { RedeliveryService } from './delivery/redelivery.service.js';
import { WebhookReader } from './subscriptions/webhook-reader.js';
import { WebhooksService } from './subscriptions/webhooks.service.js';
import type { WithSecret } from './subscriptions/webhooks.service.js';
import { BESIDE, toDeliveryDto, toWebhookDto } from './webhook.dto.js';

@Controller()
export class WebhooksController implements ForCaller<WebhooksControllerMethods> {
  constructor(
    private readonly webhooks: WebhooksService,
    private readonly reader: WebhookReader,
    private readonly redelivery: RedeliveryService,
  ) {}

  @Get('projects/:projectId/webhooks')
  @Requires('webhooks:read')
  async webhookList(
    @CurrentCaller() caller: Caller,
    @Param() { projectId }: api.WebhookListData['path'],
    @Query() query: NonNullable<api.WebhookListData['query']>,
  ): Promise<api.WebhookListResponse> {
    const now = new Date();
    return mapPage(await this.reader.list(caller, projectId, query), (row) => toWebhookDto(row, now));
  }

  @Post('projects/:projectId/webhooks')
  @Requires('webhooks:write')
  async webhookCreate(
    @CurrentCaller() caller: Caller,
    @Param() { projectId }: api.WebhookCreateData['path'],
    @Body() body: api.WebhookCreate,
  ): Promise<api.WebhookCreateResponse> {
    return withSecret(await this.webhooks.create(caller, projectId, body));
  }

  @Get('webhooks/:webhookId')
  @Requires('webhooks:read')
  @Tagged(...BESIDE)
  async webhookView(
    @CurrentCaller() caller: Caller,
    @Param() { webhookId }: api.WebhookViewData['path'],
  ): Promise<api.WebhookViewResponse> {
    return toWebhookDto(await this.reader.require(caller, webhookId), new Date());
  }

  @Patch('webhooks/:webhookId')
  @Requires('webhooks:write')
  @Tagged(...BESIDE)
  async webhookUpdate(
    @CurrentCaller() caller: Caller,
    @Param() { webhookId }: api.WebhookUpdateData['path'],
    @Body() body: api.WebhookUpdate,
    @Headers() { 'If-Match': ifMatch }: NonNullable<api.WebhookUpdateData['headers']>,
  ): Promise<api.WebhookUpdateResponse> {
    return toWebhookDto(await this.webhooks.update(caller, webhookId, body, ifMatch), new Date());
  }

  @Delete('webhooks/:webhookId')
  @HttpCode(204)
  @Requires('webhooks:write')
  async webhookDelete(
    @CurrentCaller() caller: Caller,
    @Param() { webhookId }: api.WebhookDeleteData['path'],
  ): Promise<void> {
    await this.webhooks.delete(caller, webhookId);
  }

  @Post('webhooks/:webhookId/rotate-secret')
  @HttpCode(200)
  @Requires('webhooks:write')
  async webhookRotateSecret(
    @CurrentCaller() caller: Caller,
    @Param() { webhookId }: api.WebhookRotateSecretData['path'],
    @Body() { overlapHours = 24 }: api.WebhookSecretRotate,
  ): Promise<api.WebhookRotateSecretResponse> {
    return withSecret(await this.webhooks.rotateSecret(caller, webhookId, overlapHours));
  }

  @Post('webhooks/:webhookId/test')
  @HttpCode(202)
  @Requires('webhooks:write')
  async webhookTest(
    @CurrentCaller() caller: Caller,
    @Param() { webhookId }: api.WebhookTestData['path'],
  ): Promise<api.WebhookTestResponse> {
    return toDeliveryDto(await this.redelivery.test(caller, webhookId));
  }

  @Get('webhooks/:webhookId/deliveries')
  @Requires('webhooks:read')
  async webhookDeliveryList(
    @CurrentCaller() caller: Caller,
    @Param() { webhookId }: api.WebhookDeliveryListData['path'],
    @Query() query: NonNullable<api.WebhookDeliveryListData['query']>,
  ): Promise<api.WebhookDeliveryListResponse> {
    return mapPage(await this.reader.listDeliveries(caller, webhookId, query), toDeliveryDto);
  }

  @Post('webhooks/:webhookId/deliveries/:deliveryId/redeliver')
  @HttpCode(202)
  @Requires('webhooks:write')
  async webhookRedeliver(
    @CurrentCaller() caller: Caller,
    @Param() { webhookId, deliveryId }: api.WebhookRedeliverData['path'],
  ): Promise<api.WebhookRedeliverResponse> {
    return toDeliveryDto(await this.redelivery.again(caller, webhookId, deliveryId));
  }
}

function withSecret({ webhook, secret }: WithSecret): api.WebhookWithSecret {
  return { ...toWebhookDto(webhook, new Date()), secret };
}
