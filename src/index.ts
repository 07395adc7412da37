/** The public library: everything a program needs to record its own node and to ask the ledger. */
import './node-version.ts';

export { type Change, type Changes, handleInTurn } from './ledger/changes.ts';
export type { Dossier } from './ledger/forensics/dossier.ts';
export { inFull, redacted } from './ledger/forensics/redact.ts';
export type { ReplayClock, Replayed, ReplayPace } from './ledger/forensics/replay.ts';
export {
  back,
  changesHere,
  forward,
  indexAtTime,
  indexOfCommitment,
  indexOfRevision,
  jumpTo,
  nextChange,
  type Walk,
} from './ledger/forensics/stepper.ts';
export { dossierLines, htmlOf, markdownOf } from './ledger/forensics/write.ts';
export type { Ledger } from './ledger/ledger.ts';
export type { RowPatch } from './ledger/live-rows.ts';
export { observationText, parseObservation } from './ledger/observation-json.ts';
export { MEMORY, type OpenOptions, openLedger, wipeLedger } from './ledger/open-ledger.ts';
export {
  type CheckpointStore,
  fileCheckpoints,
  memoryCheckpoints,
} from './ledger/operators/checkpoints.ts';
export {
  consumeGroup,
  type EventHandler,
  type GroupsOptions,
  openGroups,
} from './ledger/operators/consume-group.ts';
export {
  type ConcurrencyOptions,
  inOrderPerChannel,
  inOrderPerKey,
} from './ledger/operators/per-channel.ts';
export { Pulled } from './ledger/operators/pulled.ts';
export { type ResumeOptions, resumeFrom } from './ledger/operators/resume.ts';
export { type Moment, type Query, QuestionError } from './ledger/query.ts';
export type { RecordReport } from './ledger/recorder.ts';
export type { LedgerEvent } from './ledger/stored-event.ts';
export type * from './ledger/view-types.ts';
export type { Observation } from './observation/observation.ts';
export { type Checkpoint, type ReadFilter, StoreError } from './store/event-store.ts';
export type {
  ConsumeOptions,
  ConsumerGroups,
  GroupSettings,
  ParkedEvent,
} from './store/eventstoredb/groups.ts';
