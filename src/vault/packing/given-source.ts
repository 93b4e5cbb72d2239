import type { ContentRef } from '../manifests/content-ref.js';
import type { ContentSink } from './content-sink.js';
import type { ContentSource } from './content-source.js';

/** A content that comes from the main thread, piece by piece. `drop`: it is none after all. */
export type GivenQuestion = { kind: 'piece'; bytes: Uint8Array } | { kind: 'end' } | { kind: 'drop' };

/** What the content is, at its end. */
export type GivenAnswer = ContentRef | null;

export default function givenSource(_: undefined, sink: ContentSink): ContentSource<GivenQuestion, GivenAnswer> {
  return {
    answer: async (question) => {
      if (question.kind === 'end') return sink.end();
      if (question.kind === 'drop') sink.drop();
      else await sink.write(question.bytes);
      return null;
    },
  };
}
