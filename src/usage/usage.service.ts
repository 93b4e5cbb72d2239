import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { Repository } from 'typeorm';
import type { Caller } from '../auth/caller.js';
import { countUpTo } from '../database/count-up-to.js';
import { ListOrder } from '../database/page.js';
import type { Page, PageQuery } from '../database/page.js';
import { seenBy } from '../projects/tenancy.js';
import { UsageDayEntity } from './usage-day.entity.js';

export interface UsageQuery extends PageQuery {
  /** Days, the last one included. */
  fromDay?: string;
  toDay?: string;
  projectId?: string;
}

const FIRST_DAY = '0001-01-01';

const byDay = new ListOrder<UsageDayEntity>('usage', ['date', 'uuid'], ({ day, projectId }) => [day, projectId]);

/** What projects used, as far as the caller's token reaches; also those that are gone. */
@Injectable()
export class UsageService {
  constructor(@InjectRepository(UsageDayEntity) private readonly days: Repository<UsageDayEntity>) {}

  /** By day and project. Throws `validation-failed` for a cursor of another list. */
  async list(caller: Caller, query: UsageQuery): Promise<Page<UsageDayEntity>> {
    const bounds = byDay.bounds(query);
    const { limit, offset, after } = bounds;
    const asked = () => {
      const owned = { organization: 'used.organization', project: 'used.project_id' };
      const found = seenBy(this.days.createQueryBuilder('used'), caller, owned);
      if (query.projectId !== undefined) found.andWhere('used.project_id = :project', { project: query.projectId });
      if (query.fromDay !== undefined) found.andWhere('used.day >= :first', { first: dayOf(query.fromDay) });
      if (query.toDay !== undefined) found.andWhere('used.day <= :last', { last: dayOf(query.toDay) });
      return found;
    };
    const found = asked()
      .orderBy('used.day')
      .addOrderBy('used.project_id')
      .limit(limit + 1)
      .offset(offset);
    if (after !== null) found.andWhere('(used.day, used.project_id) > (:day, :id)', { day: after[0], id: after[1] });
    const [rows, total] = await Promise.all([found.getMany(), countUpTo(asked())]);
    return byDay.page(rows, total, bounds);
  }
}

/** RFC 3339 has a year 0, which PostgreSQL has not; of neither anything is known. */
function dayOf(text: string): string {
  return text < FIRST_DAY ? FIRST_DAY : text;
}
