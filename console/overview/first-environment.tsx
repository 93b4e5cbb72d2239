import { useAccess } from '../session/use-access.js';
import { Card } from '../ui/card.js';
import { CommandLine } from '../ui/command-line.js';
import { curlOf, type Equivalent } from '../ui/equivalents.js';
import { linkLook } from '../ui/link.js';

const PROJECT: Equivalent = { method: 'POST', path: '/projects', body: { name: 'shop' } };
const ENVIRONMENT: Equivalent = {
  method: 'POST',
  path: '/projects/PROJECT_ID/environments',
  body: {
    name: 'production',
    type: 'production',
    database: { kind: 'variable', env: 'ENVIRONMENT_SHOP_URL' },
    filestorePath: '/srv/shop/files',
  },
};

/** There is nothing yet: how to begin. */
export function FirstEnvironment() {
  const access = useAccess();
  const isLimited = access !== undefined && access.projects !== null;
  return (
    <Card title="Register the first environment">
      <div className="flex flex-col gap-4 text-sm">
        <p className="max-w-prose text-soft">
          An environment is one PostgreSQL database and one directory of files that belong together. Snapback takes
          snapshots of both at one moment, and brings both back.
          {isLimited && ' Your token reaches some projects only, and none of them has an environment.'}
        </p>
        <div>
          <h3 className="mb-2 text-sm">From a terminal</h3>
          <CommandLine
            what="the commands"
            text={[
              `snapback login ${location.origin}`,
              'snapback project create shop',
              'snapback env add production --host db.internal --database shop --user shop --files /srv/shop/files',
              'snapback snapshot create --label "the first" --wait',
            ].join('\n')}
          />
        </div>
        <div>
          <h3 className="mb-2 text-sm">Or over HTTP</h3>
          <div className="flex flex-col gap-2">
            <CommandLine what="the request for the project" text={curlOf(PROJECT)} />
            <CommandLine what="the request for the environment" text={curlOf(ENVIRONMENT)} />
          </div>
          <p className="mt-2 text-soft">
            <code className="font-mono text-xs">ENVIRONMENT_SHOP_URL</code> is a variable of the workers: no password
            leaves them.
          </p>
        </div>
        <p>
          The{' '}
          <a href="/guide" className={linkLook}>
            guide
          </a>{' '}
          begins with five minutes from nothing to the first rollback.
        </p>
      </div>
    </Card>
  );
}
