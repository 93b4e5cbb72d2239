import { Injectable } from '@nestjs/common';
import { InjectRepository } from '@nestjs/typeorm';
import type { EntityManager, Repository } from 'typeorm';
import type { NotedPart, NotesSink, RestoredNotes } from '../../engine/notes/restored-notes.js';
import { RestoredStateEntity } from './restored-state.entity.js';

/** What of a state is being restored is noted here. */
export interface NotesBeingTaken extends NotesSink {
  /** All was noted: from here on it counts. */
  finish(): Promise<void>;
}

/**
 * Notes of states that were restored, by the id of the state. They are written while it is restored and nobody uses it, and count when it is the
 * environment's live one, which `environments.state_id` says; `RestoredStateUpkeep` removes them when it is neither live nor kept.
 */
@Injectable()
export class RestoredStates {
  constructor(@InjectRepository(RestoredStateEntity) private readonly states: Repository<RestoredStateEntity>) {}

  /** What an earlier attempt has noted under this id is forgotten. */
  async begin(state: Pick<RestoredStateEntity, 'id' | 'environmentId' | 'snapshotId'>): Promise<NotesBeingTaken> {
    const { id } = state;
    await this.states.manager.transaction(async (manager) => {
      await manager.delete(RestoredStateEntity, { id });
      await manager.insert(RestoredStateEntity, state);
    });
    // The parts are noted side by side.
    const numbers: Record<NotedPart, number> = { tables: 0, files: 0 };
    return {
      lineage: async (lineage) => void (await this.states.update({ id }, { lineage })),
      page: async (part, page) => {
        const number = numbers[part]++;
        await this.states.query(
          'INSERT INTO restored_state_pages (state_id, part, number, page) VALUES ($1, $2, $3, $4)',
          [id, part, number, page],
        );
      },
      finish: async () => void (await this.states.update({ id }, { finished: true })),
    };
  }

  /** Null where nothing was noted, or not all. */
  async find(id: string, manager: EntityManager = this.states.manager): Promise<RestoredStateEntity | null> {
    return manager.findOneBy(RestoredStateEntity, { id, finished: true });
  }

  /** Some memory at a time. */
  notesOf({ id, lineage }: RestoredStateEntity): RestoredNotes {
    const { manager } = this.states;
    return {
      ...(lineage && { lineage }),
      async *pages(part) {
        for (let number = 0; ; number += 1) {
          const rows: { page: Buffer }[] = await manager.query(
            'SELECT page FROM restored_state_pages WHERE state_id = $1 AND part = $2 AND number = $3',
            [id, part, number],
          );
          if (rows[0] === undefined) return;
          yield rows[0].page;
        }
      },
    };
  }

  async remove(id: string): Promise<void> {
    await this.states.delete({ id });
  }

  /** The snapshot turned out to be of no use to build on. */
  async forgetSnapshot(snapshotId: string): Promise<void> {
    await this.states.delete({ snapshotId });
  }
}
