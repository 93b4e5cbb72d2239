import { LogOut } from 'lucide-react';
import { useQuery } from '@tanstack/react-query';
import { accessViewOptions } from '../../sdk/typescript/generated/@tanstack/react-query.gen.js';
import type { CallerAccess } from '../../sdk/typescript/index.js';
import { client } from '../api/snapback.js';
import { consoleConfig } from '../session/console-config.js';
import { session } from '../session/session.js';
import { Button } from '../ui/button.js';
import { Card } from '../ui/card.js';
import { Equivalents } from '../ui/equivalents.js';
import { Facts } from '../ui/facts.js';
import { Failed } from '../ui/failed.js';
import { linkLook } from '../ui/link.js';
import { Loading } from '../ui/loading.js';
import { Page } from '../ui/page.js';
import { MakingTokens } from './making-tokens.js';
import { PermissionTable } from './permission-table.js';
import { ALL_PERMISSIONS, inBundles } from './permission-words.js';
import { ThemeRadios } from './theme-radios.js';
import { TimeLeft } from './time-left.js';

/** Who am I, and what may I do? */
export function AccessPage() {
  const { data: access, error, refetch } = useQuery(accessViewOptions({ client }));
  return (
    <Page
      title="Access"
      answer={access && answerOf(access)}
      actions={
        <>
          <Equivalents of={{ method: 'GET', path: '/access' }} />
          <Button onClick={() => session.signOut()}>
            <LogOut aria-hidden className="size-4" />
            Sign out
          </Button>
        </>
      }
    >
      {error !== null && <Failed error={error} again={() => void refetch()} />}
      {access === undefined && error === null && <Loading what="what you may do" rows={5} />}
      {access !== undefined && (
        <div className="grid items-start gap-6 lg:grid-cols-[1fr_24rem]">
          <Card title="What you may do" flush>
            <PermissionTable permissions={access.permissions} />
          </Card>
          <div className="flex min-w-0 flex-col gap-6">
            <Card title="Who you are">
              <Facts
                of={{
                  Subject: access.subject,
                  Organization: access.organization,
                  Projects: <Projects of={access} />,
                  'Token holds for': <TimeLeft until={access.expiresAt} />,
                }}
              />
            </Card>
            <MakingTokens organization={access.organization} />
            <AboutConsole />
          </div>
        </div>
      )}
    </Page>
  );
}

function answerOf({ subject, organization, permissions }: CallerAccess): string {
  const who = `You are ${subject} of ${organization}`;
  const { bundle, besides } = inBundles(permissions);
  if (permissions.length === 0) return `${who}, and your token allows nothing here.`;
  if (bundle === undefined)
    return `${who}, and may do ${permissions.length} of the ${ALL_PERMISSIONS.length} things that there are permissions for.`;
  const all = bundle === 'admin' ? 'everything' : `what a ${bundle} may`.replace('a operator', 'an operator');
  return `${who}, and may do ${all}${besides.length === 0 ? '' : `, and besides ${besides.join(', ')}`}.`;
}

function Projects({ of: { projects, organization } }: { of: CallerAccess }) {
  if (projects === null) return `all of ${organization}`;
  if (projects.length === 0) return <span className="text-soft">none of those that there are</span>;
  return (
    <ul>
      {projects.map(({ id, name }) => (
        <li key={id}>{name}</li>
      ))}
    </ul>
  );
}

const LINKS = [
  ['/guide', 'Guide', 'how it is used and operated'],
  ['/docs', 'API', 'each operation, to be tried out'],
  ['/openapi.yaml', 'Contract', 'OpenAPI, for programs'],
] as const;

function AboutConsole() {
  return (
    <Card title="This console">
      <div className="flex flex-col gap-5">
        <ThemeRadios />
        <ul className="flex flex-col gap-1 text-sm">
          {LINKS.map(([href, name, about]) => (
            <li key={href}>
              <a href={href} className={linkLook}>
                {name}
              </a>
              <span className="text-soft">: {about}</span>
            </li>
          ))}
        </ul>
        <p className="text-sm text-soft">
          Snapback {consoleConfig.version}. Signing out also signs out the other tabs of this browser.
        </p>
      </div>
    </Card>
  );
}
