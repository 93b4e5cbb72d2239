import type { RestoreFinding } from '../../../postgres/capabilities/restore-finding.js';
import { judgeOnServer } from '../../../postgres/capabilities/judge-on-server.js';
import { readRequirements } from '../../../postgres/capabilities/read-requirements.js';
import { settingsLeftOut } from '../../../postgres/capabilities/judge-settings.js';
import type { DatabaseRequirements } from '../../../postgres/capabilities/requirements.js';
import type { Cut } from '../../../postgres/cut/cut.js';
import { type DatabaseProperties, readProperties } from '../../../postgres/properties/database-properties.js';
import { readUncarriableSettings } from '../../../postgres/properties/uncarriable-settings.js';

/** What has to be there when the database is restored, and what of it is not, as things stand. */
export interface DatabaseNeeds {
  /** Of the database itself. */
  properties: DatabaseProperties;
  requirements: DatabaseRequirements;
  findings: RestoreFinding[];
}

/** Reads them as the cut sees them. Rejects with the driver's error. */
export async function readNeeds({
  client,
  major,
  moment,
}: Pick<Cut, 'client' | 'major'> & { moment: Pick<Cut['moment'], 'databaseOid'> }): Promise<DatabaseNeeds> {
  const properties = await readProperties(client, moment.databaseOid);
  const requirements = await readRequirements(client, { major });
  const uncarriable = await readUncarriableSettings(client, properties.settings, major);
  const findings = [...(await judgeOnServer(client, requirements, { major })), ...settingsLeftOut(uncarriable)];
  return { properties, requirements, findings };
}
