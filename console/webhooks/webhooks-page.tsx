import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Plus } from 'lucide-react';
import { useState } from 'react';
import { webhookListInfiniteOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { Project, Webhook } from '../../sdk/typescript/index.js';
import { byCursorOf, itemsOf, nextOf, PAGE_LIMIT } from '../api/pages.js';
import { LIST_REFRESH_MS } from '../api/query-client.js';
import { client } from '../api/snapback.js';
import { ProjectChoice } from '../projects/project-choice.js';
import { useProjects } from '../projects/use-projects.js';
import { Needs } from '../session/needs.js';
import { useAccess, useMay, useWhyNot } from '../session/use-access.js';
import { Button } from '../ui/button.js';
import { Card } from '../ui/card.js';
import { Empty } from '../ui/empty.js';
import { Equivalents } from '../ui/equivalents.js';
import { Failed } from '../ui/failed.js';
import { Loading } from '../ui/loading.js';
import { Page } from '../ui/page.js';
import { CreateDialog } from './webhook-dialog.js';
import { WebhookTable } from './webhook-table.js';
import { WebhookView } from './webhook-view.js';

const route = getRouteApi('/webhooks');

/** Who is told of what happens in a project, and does it arrive? */
export function WebhooksPage() {
  const { project, webhook } = route.useSearch();
  return webhook === undefined ? <ProjectWebhooks asked={project} /> : <WebhookPage webhookId={webhook} />;
}

function WebhookPage({ webhookId }: { webhookId: string }) {
  const access = useAccess();
  if (access?.permissions.includes('webhooks:read') === true) return <WebhookView webhookId={webhookId} />;
  return (
    <Page title="Webhook">
      <Needs permission="webhooks:read">{null}</Needs>
    </Page>
  );
}

function ProjectWebhooks({ asked }: { asked: string | undefined }) {
  const navigate = route.useNavigate();
  const projects = useProjects();
  const projectId = asked ?? projects.all[0]?.id;
  const project = projects.all.find(({ id }) => id === projectId);
  const { found, webhooks } = useWebhooks(projectId);
  const [isCreating, setCreating] = useState(false);
  const whyNot = useWhyNot()('webhooks:write') ?? (projectId === undefined ? 'There is no project yet.' : undefined);
  return (
    <Page
      title="Webhooks"
      answer={found.data && answerOf(webhooks, project)}
      actions={
        <>
          {projectId !== undefined && (
            <Equivalents
              of={{
                command: `snapback webhooks list --project ${projectId}`,
                method: 'GET',
                path: `/projects/${projectId}/webhooks`,
              }}
            />
          )}
          <Button look="primary" {...(whyNot !== undefined && { reason: whyNot })} onClick={() => setCreating(true)}>
            <Plus aria-hidden className="size-4" />
            Create a webhook
          </Button>
        </>
      }
    >
      <Needs permission="webhooks:read">
        <div className="max-w-80">
          <ProjectChoice
            value={projectId}
            onChoose={(id) => void navigate({ search: id === undefined ? {} : { project: id } })}
          />
        </div>
        {projects.error !== null && projectId === undefined && <Failed error={projects.error} again={projects.again} />}
        {projectId === undefined && projects.isComplete && (
          <Empty title="There are no projects yet">Webhooks are told of what happens in a project.</Empty>
        )}
        {found.error !== null && <Failed error={found.error} again={() => void found.refetch()} />}
        {projectId !== undefined && found.data === undefined && found.error === null && <Loading what="the webhooks" />}
        {found.data !== undefined && webhooks.length === 0 && (
          <Empty title="Nobody is told of this project">
            A webhook is a URL that gets a signed POST when a snapshot fails, a rollback ends, a gate closes, or an
            operation needs a person.
          </Empty>
        )}
        {webhooks.length > 0 && (
          <Card title={project === undefined ? 'Webhooks of the project' : `Webhooks of ${project.name}`} flush>
            <WebhookTable webhooks={webhooks} onEnd={nextOf(found)} />
          </Card>
        )}
        {projectId !== undefined && (
          <CreateDialog projectId={projectId} open={isCreating} onClose={() => setCreating(false)} />
        )}
      </Needs>
    </Page>
  );
}

function useWebhooks(projectId: string | undefined) {
  const path = { projectId: projectId ?? '' };
  const maySee = useMay('webhooks:read');
  const found = useInfiniteQuery({
    ...webhookListInfiniteOptions({ client, path, query: { limit: PAGE_LIMIT } }),
    ...byCursorOf(path),
    refetchInterval: LIST_REFRESH_MS,
    enabled: maySee && projectId !== undefined,
  });
  return { found, webhooks: itemsOf<Webhook>(found.data) };
}

function answerOf(webhooks: readonly Webhook[], project: Project | undefined): string {
  const of = project === undefined ? 'this project' : project.name;
  const failing = webhooks.filter(({ state }) => state === 'failing').length;
  const disabled = webhooks.filter(({ state }) => state === 'disabled').length;
  if (webhooks.length === 0) return `Nobody is told of ${of}.`;
  const wrong = [
    ...(failing > 0 ? [`${failing} ${failing === 1 ? 'does' : 'do'} not hear it`] : []),
    ...(disabled > 0 ? [`${disabled} ${disabled === 1 ? 'is' : 'are'} disabled`] : []),
  ];
  const all = webhooks.length === 1 ? 'The webhook' : `${webhooks.length} webhooks`;
  if (wrong.length > 0) return `${all} of ${of}: ${wrong.join(', ')}.`;
  return `${all} of ${of}: all that was sent last arrived.`;
}
