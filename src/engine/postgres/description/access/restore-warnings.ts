import type { DescribedObject, ObjectKind } from '../described-object.js';

export interface AccessWarning {
  code:
    | 'owner-not-restored'
    | 'privileges-not-restored'
    | 'default-privileges-not-restored'
    | 'extension-member-not-restored';
  kind: ObjectKind;
  /** As in `DescribedObject`. */
  name: string;
  /** A sentence that names the object and has PostgreSQL's reason. */
  message: string;
}

export interface AccessWarnings {
  /** The first `LISTED_WARNINGS`. */
  warnings: AccessWarning[];
  /** Of all. */
  total: number;
}

export const LISTED_WARNINGS = 200;

export class WarningList implements AccessWarnings {
  readonly warnings: AccessWarning[] = [];
  total = 0;
  private readonly said = new Set<string>();

  /** Like `add`, but only the first time for the same `about`. */
  once(about: string, ...warning: Parameters<WarningList['add']>): void {
    if (this.said.has(about)) return;
    this.said.add(about);
    this.add(...warning);
  }

  add(code: AccessWarning['code'], { kind, name }: Pick<DescribedObject, 'kind' | 'name'>, message: string): void {
    this.total += 1;
    if (this.warnings.length < LISTED_WARNINGS) this.warnings.push({ code, kind, name, message });
  }
}
