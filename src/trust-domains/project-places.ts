import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { errors } from '../errors/catalogue.js';
import { type OrganizationPlaces, TrustDomains } from './trust-domains.js';

/** Which organizations' projects are remembered; the oldest goes. */
const REMEMBERED = 10_000;

/** The places of the organization that a project belongs to, which it does for ever. */
@Injectable()
export class ProjectPlaces {
  private readonly organizations = new Map<string, string>();

  constructor(
    private readonly dataSource: DataSource,
    private readonly domains: TrustDomains,
  ) {}

  ofOrganization(organization: string): OrganizationPlaces {
    return this.domains.placesOf(organization);
  }

  /** Rejects with `not-found` for a project that is gone. */
  async of(projectId: string): Promise<OrganizationPlaces> {
    return this.domains.placesOf(await this.organizationOf(projectId));
  }

  private async organizationOf(projectId: string): Promise<string> {
    const known = this.organizations.get(projectId);
    if (known !== undefined) return known;
    const [project] = await this.dataSource.query<{ organization: string }[]>(
      'SELECT organization FROM projects WHERE id = $1',
      [projectId],
    );
    if (project === undefined) throw errors.notFound('project', projectId);
    if (this.organizations.size >= REMEMBERED) this.organizations.delete(this.organizations.keys().next().value!);
    this.organizations.set(projectId, project.organization);
    return project.organization;
  }
}
