import type { RestorabilityState } from '../../contract/generated/types.gen.js';

/**
 * Whether a completed snapshot can be restored. Evidence comes in as *events*; the table `effects` says what each does to
 * what is known, and what is known says the state. Nothing else decides one.
 */

/** Who found it. */
export type FoundBy = 'capture' | 'verification' | 'vault-check';

/** Something that speaks against restoring a snapshot, as it is stored. */
export interface KnownFinding {
  code: string;
  message: string;
  /** As things stand it cannot be restored by this role on this server. What refutes always does. */
  blocking: boolean;
  foundBy: FoundBy;
  /** It is shown that it cannot be restored; otherwise it is only doubtful. */
  refutes: boolean;
}

/** All that is known; the state is derived from it. */
export interface Knowledge {
  findings: readonly KnownFinding[];
  /** When it was last restored and compared, and equal. */
  provenAt: Date | null;
}

type NewFinding = Pick<KnownFinding, 'code' | 'message' | 'blocking'>;

/** What somebody has found out about a completed snapshot. */
export type RestorabilityEvent =
  /** Its capture completed, with these findings. */
  | { event: 'captured'; findings: readonly NewFinding[] }
  /** It was restored, and was what was captured. */
  | { event: 'proven'; at: Date }
  /** It was restored and is not what was captured, cannot be read, or was refused by the server. */
  | { event: 'disproved'; findings: readonly NewFinding[] }
  /** It was restored with all its rows and files, and something else about it is not what was captured. */
  | { event: 'differs'; findings: readonly NewFinding[] }
  /** Something else was in the way of a verification. */
  | { event: 'undecided'; findings: readonly NewFinding[] }
  /** A verification could not look at it at all, because of what is going on in the vault. */
  | { event: 'unseen' }
  /** A check of the vault found that it cannot be given back. */
  | { event: 'vault-damaged'; findings: readonly NewFinding[] }
  /** A check of the vault read every byte and found nothing. */
  | { event: 'vault-whole' };

interface Effect {
  /** Which of the findings so far it settles. */
  settles: (finding: KnownFinding) => boolean;
  /** What its own findings are; left out where it has none. */
  adds?: Pick<KnownFinding, 'foundBy' | 'refutes'>;
  /** What becomes of an earlier proof. */
  proof: 'stays' | 'is given' | 'is taken back';
  /** States in which it says nothing new. */
  ignoredWhen?: readonly RestorabilityState[];
}

/** What the vault cannot give back, whoever noticed. */
const DAMAGE = 'snapshot-damaged';

const everything = () => true;
const nothing = () => false;
const by = (who: FoundBy) => (finding: KnownFinding) => finding.foundBy === who;

const effects: Record<RestorabilityEvent['event'], Effect> = {
  captured: { settles: everything, adds: { foundBy: 'capture', refutes: false }, proof: 'is taken back' },
  // All of it was read, loaded and compared: whatever was feared or found before is over.
  proven: { settles: everything, proof: 'is given' },
  disproved: {
    settles: by('verification'),
    adds: { foundBy: 'verification', refutes: true },
    proof: 'is taken back',
  },
  // Whatever it was refuted for, it was restored; what was proven before is not what was seen last.
  differs: { settles: everything, adds: { foundBy: 'verification', refutes: false }, proof: 'is taken back' },
  // What was in the way today takes nothing back of what was seen before.
  undecided: {
    settles: by('verification'),
    adds: { foundBy: 'verification', refutes: false },
    proof: 'stays',
    ignoredWhen: ['proven', 'refuted'],
  },
  unseen: { settles: nothing, proof: 'stays' },
  // The proof stays: what is mended is what was proven, byte for byte.
  'vault-damaged': { settles: by('vault-check'), adds: { foundBy: 'vault-check', refutes: true }, proof: 'stays' },
  'vault-whole': {
    settles: ({ foundBy, refutes, code }) => foundBy === 'vault-check' || (refutes && code === DAMAGE),
    proof: 'stays',
  },
};

/** Findings that are kept of one event. */
const MOST_FINDINGS = 100;

/** What is known of a snapshot that nothing was found out about. */
export const nothingKnown: Knowledge = { findings: [], provenAt: null };

/** What is known after the event. Pure; returns `known` itself when the event says nothing new. */
export function learn(known: Knowledge, event: RestorabilityEvent): Knowledge {
  const { settles, adds, proof, ignoredWhen = [] } = effects[event.event];
  if (ignoredWhen.includes(stateOf(known))) return known;
  const remaining = known.findings.filter((finding) => !settles(finding));
  if (remaining.length === known.findings.length && adds === undefined && proof === 'stays') return known;
  return {
    findings: [...remaining, ...(adds === undefined ? [] : found(event, adds))],
    provenAt: event.event === 'proven' ? event.at : proof === 'is taken back' ? null : known.provenAt,
  };
}

function found(event: RestorabilityEvent, as: NonNullable<Effect['adds']>): KnownFinding[] {
  const findings = 'findings' in event ? event.findings : [];
  return findings.slice(0, MOST_FINDINGS).map(({ code, message, blocking }) => ({
    code,
    message,
    blocking: blocking || as.refutes,
    ...as,
  }));
}

/** `refuted` before `proven`: a proof is older than the damage it was followed by. */
export function stateOf({ findings, provenAt }: Knowledge): RestorabilityState {
  if (findings.some(({ refutes }) => refutes)) return 'refuted';
  if (provenAt !== null) return 'proven';
  return findings.length > 0 ? 'doubtful' : 'expected';
}

/** Whether it is known that, as things stand, it cannot be restored. */
export function cannotBeRestored(known: Knowledge): boolean {
  return known.findings.some(({ blocking }) => blocking);
}

/** The sentences of those that refute it, else of those that block, else of all: what a person has to know first. */
export function sentencesOf({ findings }: Pick<Knowledge, 'findings'>): string {
  const refuting = findings.filter(({ refutes }) => refutes);
  const blocking = findings.filter(({ blocking }) => blocking);
  const told = refuting.length > 0 ? refuting : blocking.length > 0 ? blocking : findings;
  const more = told.length - SHOWN;
  const shown = told.slice(0, SHOWN).map(({ message }) => message.replace(/(?<![.!?])$/, '.'));
  return [...shown, ...(more > 0 ? [`And ${more} more.`] : [])].join(' ');
}

/** Findings a sentence quotes. */
const SHOWN = 3;
