import { consoleConfig } from '../session/console-config.js';
import { Card } from '../ui/card.js';
import { CommandLine } from '../ui/command-line.js';
import { BUNDLES } from './permission-words.js';

/** Where tokens come from, and the words by which they allow something. */
export function MakingTokens({ organization }: { organization: string }) {
  const { oidc } = consoleConfig;
  return (
    <Card title="Tokens">
      <div className="flex flex-col gap-4 text-sm">
        <p>
          A token names who calls (<Code>sub</Code>), for which organization (<Code>org</Code>), and in{' '}
          <Code>permissions</Code> what that may do: single permissions, or bundles of them.
        </p>
        <dl className="grid grid-cols-[max-content_1fr] gap-x-4 gap-y-1.5">
          {BUNDLES.map(({ name, isFor, holds }) => (
            <div key={name} className="contents">
              <dt>
                <Code>{name}</Code>
              </dt>
              <dd className="text-soft">
                {isFor} <span className="numbers whitespace-nowrap">({holds.length} permissions)</span>
              </dd>
            </div>
          ))}
        </dl>
        <p>
          {oidc === null
            ? 'Who operates the service makes one on its machine, such as this one for a pipeline:'
            : `People sign in with ${new URL(oidc.issuer).host}, which puts these claims into their tokens. Where the service has a secret of its own, who operates it makes one for a pipeline:`}
        </p>
        <CommandLine
          text={`npm run token -- --permissions deployer --subject ci@${organization} --expires 12h`}
          what="the command that makes a token"
        />
        <p className="text-soft">
          A token holds until its time is over; it cannot be taken back before. <Code>--projects</Code> limits it to
          some projects.
        </p>
      </div>
    </Card>
  );
}

function Code({ children }: { children: string }) {
  return <code className="font-mono text-[0.9em]">{children}</code>;
}
