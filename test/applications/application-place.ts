import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROGRAM } from '../cli/command-line.js';
import { ROOT, blocksOf, filledIn, typed } from '../e2e/page-commands.js';
import { createTestDatabase } from '../harness/database.js';
import type { TestDatabase } from '../harness/database.js';
import { startServiceProcess } from '../harness/service-process.js';
import type { ServiceProcess } from '../harness/service-process.js';
import { createServiceSetting } from '../harness/service.js';
import type { ServiceSetting } from '../harness/service.js';
import { testToken } from '../harness/tokens.js';
import { recipeOf } from './applications-page.js';

/** A service, the databases of production and staging, and somebody who types what docs/applications.md says. */
export class ApplicationPlace {
  private constructor(
    private readonly setting: ServiceSetting,
    private readonly service: ServiceProcess,
    /** For what is installed; removed in the end. */
    readonly home: string,
    readonly production: TestDatabase,
    readonly staging: TestDatabase,
  ) {}

  /** `home`: what the hook is to find is written there by the caller, as `forget-caches`. */
  static async open(): Promise<ApplicationPlace> {
    const home = await mkdtemp(join(tmpdir(), 'snapback-test-application-'));
    await chmod(home, 0o755);
    const setting = await createServiceSetting({ HOOK_COMMANDS: `forget-caches=${join(home, 'forget-caches')}` });
    const service = await startServiceProcess(setting.env);
    const production = await createTestDatabase();
    const staging = await createTestDatabase();
    await symlink(PROGRAM, join(home, 'snapback'));
    return new ApplicationPlace(setting, service, home, production, staging);
  }

  /** Where filestores may lie. */
  get filestores(): string {
    return this.setting.filestoreRoot;
  }

  /** Registers production with the command of the application's section, and staging likewise. */
  async register(command: string, values: readonly (readonly [shown: string, value: string])[]): Promise<void> {
    await this.type(`snapback project create shop\n${filledIn(command, values)}`, this.production);
    const files = join(this.filestores, 'staging');
    await mkdir(files);
    const { database } = this.staging.address;
    await this.type(`snapback env add staging --database ${database} --files ${files}`, this.staging);
  }

  /** What has to be said once: who is called when a rollback is done. */
  async setHook(): Promise<void> {
    const { blocks } = await recipeOf('The commands');
    await this.typeAsShown(blocks('bash', 4)[0]!);
  }

  async takeSnapshot(): Promise<void> {
    const { blocks } = await recipeOf('The commands');
    await this.typeAsShown(blocks('bash', 4)[1]!);
  }

  /** What the command has printed. */
  async rollBack(): Promise<string> {
    const { blocks } = await recipeOf('The commands');
    return this.typeAsShown(blocks('bash', 4)[2]!);
  }

  /** Production's data in staging, by what the application's section says becomes of it. */
  async bringToStaging(application: string): Promise<string> {
    const [{ blocks }, section] = await Promise.all([recipeOf('The commands'), recipeOf(application)]);
    await writeFile(join(this.home, 'neutralize.sql'), section.block('sql'));
    await writeFile(join(this.home, 'neutralize.json'), section.block('json'));
    return this.typeAsShown(blocks('bash', 4)[3]!);
  }

  async close(): Promise<void> {
    await this.service.terminate();
    await Promise.all([this.production, this.staging].map((database) => database.drop()));
    await this.setting.remove();
    await rm(this.home, { recursive: true, force: true });
  }

  /** After what all recipes begin with. */
  private async typeAsShown(commands: string): Promise<string> {
    const recipes = await readFile(join(ROOT, 'docs', 'recipes.md'), 'utf8');
    const setup = filledIn(blocksOf(recipes.split(/^## /m)[0]!).join('\n'), [
      ['SNAPBACK_URL=https://snapback.internal', `SNAPBACK_URL=${this.service.url}`],
      ['SNAPBACK_TOKEN=…', `SNAPBACK_TOKEN=${testToken()}`],
    ]);
    return this.type(`${setup}\n${commands}`, this.production, commands);
  }

  private type(commands: string, { address }: TestDatabase, told = commands): Promise<string> {
    const env = {
      ...{ PATH: `${this.home}:${process.env['PATH']}`, HOME: this.home, CI: 'true' },
      ...{ SNAPBACK_URL: this.service.url, SNAPBACK_TOKEN: testToken(), SNAPBACK_PROJECT: 'shop' },
      ...{ PGHOST: address.host, PGPORT: String(address.port), PGUSER: address.user, PGPASSWORD: address.password },
    };
    return typed(commands, { env, cwd: this.home, told });
  }
}
