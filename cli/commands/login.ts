import { isCancel, password } from '@clack/prompts';
import type { Command } from 'commander';
import { Snapback } from '../../sdk/typescript/index.js';
import type { Invocation } from '../invocation.js';
import { failed, interrupted, usage } from '../outcome/outcome-error.js';
import { visible } from '../output/visible.js';
import { credentialsOf, tokenIn } from '../session/credentials.js';
import { logInByDevice } from '../session/device-login.js';
import type { Login, Tokens } from '../session/profile.js';
import { isLoopback, serviceUrl } from '../session/service-url.js';
import { caFileOf, prepareTransport } from '../session/transport.js';
import { whileHearing } from '../waiting/interrupts.js';
import { untilAborted } from '../waiting/until-aborted.js';
import { textFromInput } from './text-from-input.js';

interface LoginOptions {
  tokenStdin?: boolean;
  issuer?: string;
  clientId?: string;
  scope: string;
  audience?: string;
  caFile?: string;
}

const PROFILE = 'default';

export function addLoginCommands(program: Command, run: Invocation): void {
  program
    .command('login')
    .description('Log in to a service, with a token or by device code; what you log in with is kept in a profile')
    .argument('[url]', 'where the service answers, such as https://snapback.internal (SNAPBACK_URL)')
    .option('--token-stdin', 'read the token from standard input; at a terminal it is asked for')
    .option('--issuer <url>', 'log in by device code with this OpenID Connect provider (SNAPBACK_ISSUER)')
    .option('--client-id <id>', 'as what this program is known to the provider (SNAPBACK_CLIENT_ID)')
    .option('--scope <scopes>', 'what to ask the provider for', 'openid offline_access')
    .option('--audience <audience>', 'for whom the token is to be, where the provider wants that said')
    .option('--ca-file <file>', "certificates to trust besides Node's, a PEM file")
    .action((url: string | undefined, options: LoginOptions) => logIn(run, url, options));

  program
    .command('logout')
    .description('Forget a profile and what it logs in with')
    .action(async () => {
      const name = run.askedProfile ?? (await run.store.read()).current ?? PROFILE;
      const was = await run.store.remove(name);
      run.printer.done(
        { profile: name, removed: was },
        was ? `The profile ${name} is forgotten.` : `There was no profile ${name}.`,
      );
    });
}

async function logIn(run: Invocation, asked: string | undefined, options: LoginOptions): Promise<void> {
  const { environment, store, terminal } = run;
  const name = run.askedProfile ?? PROFILE;
  const before = await store.find(name);
  const place = asked ?? (environment['SNAPBACK_URL'] || undefined) ?? before?.url;
  if (place === undefined) throw usage('Say where the service answers: snapback login https://snapback.internal');
  const url = serviceUrl(place);
  const caFile = caFileOf(options.caFile, environment) ?? (before?.url === url ? before.caFile : undefined);
  await prepareTransport(environment, caFile);
  if (new URL(url).protocol === 'http:' && !isLoopback(new URL(url))) {
    terminal.err('This service is not reached by https: the token can be read on its way.');
  }
  const login = loginOf(run, options);
  const tokens = login.kind === 'device-code' ? await byDevice(run, login) : await byToken(run, options);
  const projects = await new Snapback({ baseUrl: url, token: tokens.access }).projects.list({ pageSize: 1 }).first();
  if (!Number.isInteger(projects.total)) throw failed(`What answers at ${url} is no Snapback service.`);
  // What it was about is another service's when the address is another one.
  const context = before?.url === url ? before.context : {};
  const kept = await store.save(name, { url, ...(caFile !== undefined && { caFile }), login, context }, tokens);
  run.printer.done(
    { profile: name, url, projects: projects.total, tokenKeptIn: kept },
    `Logged in to ${url} as the profile ${name}; the token is kept in ${kept === 'keyring' ? 'the keyring' : store.path}.`,
  );
  const next = projects.total === 0 ? 'snapback project create NAME' : 'snapback context set --project NAME --env NAME';
  run.printer.note(`Next: ${next}`);
}

function loginOf({ environment }: Invocation, { issuer, clientId, scope, audience, tokenStdin }: LoginOptions): Login {
  const provider = issuer ?? (environment['SNAPBACK_ISSUER'] || undefined);
  if (provider === undefined || tokenStdin === true) return { kind: 'token' };
  const client = clientId ?? (environment['SNAPBACK_CLIENT_ID'] || undefined);
  if (client === undefined) throw usage('Say as what this program is known to the provider: --client-id ID');
  return {
    kind: 'device-code',
    issuer: provider,
    clientId: client,
    scope,
    ...(audience !== undefined && { audience }),
  };
}

async function byToken({ terminal, environment }: Invocation, { tokenStdin }: LoginOptions): Promise<Tokens> {
  if (tokenStdin === true) return { access: tokenIn(await textFromInput('the token')) };
  const given = credentialsOf(environment);
  if (given !== undefined) return { access: await given() };
  if (!terminal.canAsk) throw usage('Pipe the token in, with --token-stdin, or put it into SNAPBACK_TOKEN.');
  const answer = await password({ message: 'Token', output: terminal.questions });
  if (isCancel(answer)) throw interrupted('Nothing was changed.');
  return { access: tokenIn(answer ?? '') };
}

async function byDevice({ terminal }: Invocation, login: Extract<Login, { kind: 'device-code' }>): Promise<Tokens> {
  const stopped = new AbortController();
  const show = (code: Parameters<Parameters<typeof logInByDevice>[1]>[0]) => {
    terminal.err(visible(`Open ${code.completeUrl ?? code.url}`));
    terminal.err(visible(`and enter the code ${code.userCode}`));
  };
  return whileHearing(
    () => stopped.abort(interrupted('Nothing was changed.')),
    () => untilAborted(logInByDevice(login, show, stopped.signal), stopped.signal),
  );
}
