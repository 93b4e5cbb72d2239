import type { TestSpecification } from 'vitest/node';
import { BaseSequencer } from 'vitest/node';

/** Half a minute and more, nearly all of it in other processes: begun last, one of them would keep the others waiting. Below `test/`, without `.test.ts`. */
const LONG = [
  'faults/rollback/kill-matrix',
  'e2e/quickstart',
  'e2e/standby',
  'e2e/safety-after-swap',
  'fuzz/fuzz',
  'sdk/conformance',
  'e2e/rollback',
  'e2e/undo',
];

/** What takes long comes first, also where no earlier run has said how long each file takes. */
export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const isLong = ({ moduleId }: TestSpecification) => LONG.some((name) => moduleId.endsWith(`/test/${name}.test.ts`));
    return [...sorted.filter(isLong), ...sorted.filter((file) => !isLong(file))];
  }
}
