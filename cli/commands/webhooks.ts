import type { Command } from 'commander';
import { InvalidArgumentError, Option } from 'commander';
import type {
  Webhook,
  WebhookCreate,
  WebhookDelivery,
  WebhookDeliveryStatus,
  WebhookEventFilter,
  WebhookWithSecret,
} from '../../sdk/typescript/index.js';
import { confirmed } from '../ask/confirm.js';
import type { Invocation } from '../invocation.js';
import { findEnvironment } from '../names/find-environment.js';
import { findProject } from '../names/find-project.js';
import { beginsWith, firstMatching, isId, theOne } from '../names/matching.js';
import type { Column, Property } from '../output/table.js';
import { known, relativeTime } from '../output/words.js';
import { limitOption } from './options.js';
import { textFromInput } from './text-from-input.js';

const WEBHOOKS: readonly Column<Webhook>[] = [
  { title: 'id', cell: ({ id }) => id.slice(0, 8) },
  { title: 'url', cell: ({ url }) => url },
  { title: 'state', cell: ({ state }) => state },
  { title: 'events', cell: ({ events }) => events.join(' '), dropFirst: 2 },
  { title: 'description', cell: ({ description }) => description, dropFirst: 1 },
];

const DELIVERIES: readonly Column<WebhookDelivery>[] = [
  { title: 'id', cell: ({ id }) => id.slice(0, 8) },
  { title: 'event', cell: ({ eventType }) => eventType },
  { title: 'status', cell: ({ status }) => status },
  { title: 'happened', cell: ({ createdAt }) => relativeTime(createdAt, Date.now()) },
  { title: 'tries', cell: ({ attemptCount }) => known(attemptCount, String), right: true, dropFirst: 2 },
  { title: 'last', cell: ({ lastAttempt }) => lastAttempt?.finding?.message, dropFirst: 1 },
];

const NAMES = 'its id, or the beginning of it';
const LOOKED_AT = 2_000;
const PAGE = { pageSize: 100 };

interface CreateOptions {
  event: string[];
  description?: string;
}

export function addWebhookCommands(program: Command, run: Invocation): void {
  const webhooks = program.command('webhooks').description('Who is told of what happens in a project');

  webhooks
    .command('list')
    .description('List those of the project')
    .addOption(limitOption())
    .action(async ({ limit }: { limit: number }) => {
      const { snapback } = await run.session();
      const project = await findProject(run);
      const none = `Nobody is told of ${project.name}; make a webhook: snapback webhooks create URL`;
      await run.printer.pages(snapback.webhooks.list(project.id, PAGE), limit, WEBHOOKS, ({ id }) => id, none);
    });

  webhooks
    .command('create')
    .description('Have a URL told; prints the secret that signs what it is told, this once')
    .argument('<url>', 'where it is sent; - reads it from standard input, as it may hold a token')
    .option('--event <type...>', 'of these only, as in snapshot.failed', ['*'])
    .option('--description <text>', 'what it is for')
    .action(async (asked: string, { event, description }: CreateOptions) => {
      const { snapback } = await run.session();
      const project = await findProject(run);
      // Of one environment where one was asked for, else of the whole project.
      const environment = run.options.env === undefined ? undefined : await findEnvironment(run);
      const body: WebhookCreate = {
        url: asked === '-' ? (await textFromInput('the URL')).trim() : asked,
        // The service says which there are, also those of a newer one.
        events: event as WebhookEventFilter[],
        ...(environment !== undefined && { environmentIds: [environment.id] }),
        ...(description !== undefined && { description }),
      };
      showSecret(run, await snapback.webhooks.create(environment?.projectId ?? project.id, body));
    });

  webhooks
    .command('delete')
    .description('Tell it nothing any more')
    .argument('<webhook>', NAMES)
    .option('-y, --yes', 'do not ask')
    .action(async (asked: string, { yes }: { yes?: boolean }) => {
      const { id, url } = await findWebhook(run, asked);
      await confirmed(run, { question: `Tell ${new URL(url).host} nothing any more?`, yes });
      await (await run.session()).snapback.webhooks.delete(id);
      run.printer.done({ id, deleted: true }, `The webhook ${id.slice(0, 8)} is deleted.`, id);
    });

  webhooks
    .command('test')
    .description('Send it a test event')
    .argument('<webhook>', NAMES)
    .action(async (asked: string) => {
      const { id } = await findWebhook(run, asked);
      const delivery = await (await run.session()).snapback.webhooks.test(id);
      run.printer.done(delivery, `A test is on its way (${delivery.id}).`, delivery.id);
      run.printer.note(`See what becomes of it: snapback webhooks deliveries ${id.slice(0, 8)}`);
    });

  webhooks
    .command('rotate-secret')
    .description('Give it a new secret, and print that, this once')
    .argument('<webhook>', NAMES)
    .addOption(new Option('--overlap-hours <n>', 'for how long the old one signs, too').default(24).argParser(hours))
    .action(async (asked: string, { overlapHours }: { overlapHours: number }) => {
      const { id } = await findWebhook(run, asked);
      showSecret(run, await (await run.session()).snapback.webhooks.rotateSecret(id, { overlapHours }));
    });

  webhooks
    .command('deliveries')
    .description('List what it was told, or is to be, newest first')
    .argument('<webhook>', NAMES)
    .addOption(limitOption())
    .addOption(new Option('--status <status>', 'only those').choices(['pending', 'delivered', 'exhausted', 'skipped']))
    .action(async (asked: string, { limit, status }: { limit: number; status?: WebhookDeliveryStatus }) => {
      const { id } = await findWebhook(run, asked);
      const filters = status === undefined ? {} : { status };
      const pages = (await run.session()).snapback.webhooks.deliveries(id, filters, PAGE);
      await run.printer.pages(pages, limit, DELIVERIES, (delivery) => delivery.id, 'It was told nothing.');
    });

  webhooks
    .command('redeliver')
    .description('Send the same event again, under the same id')
    .argument('<webhook>', NAMES)
    .argument('<delivery>', NAMES)
    .action(async (asked: string, askedDelivery: string) => {
      const { id } = await findWebhook(run, asked);
      const delivery = await findDelivery(run, id, askedDelivery);
      const again = await (await run.session()).snapback.webhooks.redeliver(id, delivery);
      run.printer.done(again, `The ${again.eventType} is on its way again.`, again.id);
    });
}

async function findWebhook(run: Invocation, asked: string): Promise<Webhook> {
  const { snapback } = await run.session();
  if (isId(asked)) return snapback.webhooks.view(asked);
  const project = await findProject(run);
  const all = await snapback.webhooks.list(project.id, PAGE).toArray();
  const matching = all.filter(({ id }) => beginsWith(id, asked));
  return theOne(
    `webhook of ${project.name}`,
    asked,
    matching.map((thing) => ({ thing, told: thing.id })),
    all.map(({ id }) => id.slice(0, 8)),
  );
}

async function findDelivery(run: Invocation, webhookId: string, asked: string): Promise<string> {
  if (isId(asked)) return asked;
  const { snapback } = await run.session();
  const newest = snapback.webhooks.deliveries(webhookId, {}, PAGE);
  const matching = await firstMatching(newest, LOOKED_AT, ({ id }) => beginsWith(id, asked));
  const candidates = matching.map(({ id, eventType }) => ({ thing: id, told: `${id} (${eventType})` }));
  return theOne('delivery', asked, candidates, []);
}

/** With `--quiet` it is the secret that is printed: an id can be had later. */
function showSecret(run: Invocation, webhook: WebhookWithSecret): void {
  const told = (): Property[] => [
    ['id', webhook.id],
    ['url', webhook.url],
    ['events', webhook.events.join(' ')],
    ['secret', webhook.secret],
    ['old secret until', webhook.previousSecretUntil],
  ];
  run.printer.one(webhook, told, webhook.secret);
  run.printer.note('Keep the secret: it is not shown again. "snapback webhooks rotate-secret" makes another one.');
}

function hours(text: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value) && value >= 0) return value;
  throw new InvalidArgumentError('It must be a whole number of hours, 0 to 168.');
}
