import type { TestEnvironment } from '../harness/sample-environment.js';
import { testToken } from '../harness/tokens.js';
import { CommandLine } from './command-line.js';

/** Somebody whose variables say where the service is, who they are, and which environment commands are about. */
export function somebody(
  url: string,
  place?: Pick<TestEnvironment, 'project' | 'environment'>,
  env: NodeJS.ProcessEnv = {},
): Promise<CommandLine> {
  return CommandLine.open({
    SNAPBACK_URL: url,
    SNAPBACK_TOKEN: testToken(),
    ...(place !== undefined && { SNAPBACK_PROJECT: place.project.id, SNAPBACK_ENVIRONMENT: place.environment.id }),
    ...env,
  });
}
