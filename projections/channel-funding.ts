/** Fundings: confirmed, undone by a reorganisation, replaced by fee or by a splice. */
import type { ChannelEvent, ChannelEventData } from '../src/channel/events.ts';
import { showBalance } from './channel-balances.ts';
import { pruneHtlcs } from './channel-htlcs.ts';
import { nameChannel } from './channel-lifecycle.ts';
import type { CandidateRow, ChannelRow, CommitmentRow } from './channel-row.ts';
import { setBalanceBounds } from './placed-times.ts';
import type { Handlers } from './projection.ts';

export const fundingHandlers: Handlers<ChannelRow, ChannelEvent> = {
  FundingConfirmed(row, { data }) {
    const { fundingOutpoint, height, shortChannelId, feeSat } = data;
    nameChannel(row, shortChannelId);
    const candidate = candidateOf(row, fundingOutpoint);
    if (candidate === undefined && row.fundingOutpoint === undefined) {
      row.fundingOutpoint = fundingOutpoint;
      row.outpoints.unshift(fundingOutpoint);
    }
    if (candidate === undefined && row.fundingOutpoint !== fundingOutpoint) return;
    const funding = candidate ?? row;
    funding.confirmedHeight = height;
    funding.shortChannelId = shortChannelId;
    if (feeSat !== undefined) funding.fundingFeeSat ??= feeSat;
  },
  FundingUnconfirmed(row, { data }) {
    const isActive = row.fundingOutpoint === data.fundingOutpoint;
    const funding = isActive ? row : candidateOf(row, data.fundingOutpoint);
    if (funding === undefined) return;
    delete funding.confirmedHeight;
    delete funding.shortChannelId;
  },
  FundingCandidateAdded(row, { data, happenedAt }) {
    row.candidates = row.candidates.filter((c) => c.fundingOutpoint !== data.fundingOutpoint);
    row.candidates.push(candidate(row, data, happenedAt));
  },
  FundingCandidateDropped(row, { data }) {
    // HTLCs that it alone held go with the next commitment, as they do in the state.
    row.candidates = row.candidates.filter((c) => c.fundingOutpoint !== data.fundingOutpoint);
  },
  FundingReplaced(row, event) {
    replaced(row, event.data, event.happenedAt);
    setBalanceBounds(row, event);
  },
};

function candidateOf(row: ChannelRow, outpoint: string): CandidateRow | undefined {
  return row.candidates.find((candidate) => candidate.fundingOutpoint === outpoint);
}

/** Goes on from the channel's present commitments, as far as the balances stated are theirs. */
function candidate(
  row: ChannelRow,
  data: ChannelEventData<'FundingCandidateAdded'>,
  at: string,
): CandidateRow {
  const { fundingOutpoint, kind, capacitySat, localBalanceMsat, remoteBalanceMsat } = data;
  const candidate: CandidateRow = {
    fundingOutpoint,
    kind,
    capacitySat,
    localBalanceMsat,
    remoteBalanceMsat,
  };
  if (data.fundingFeeSat !== undefined) candidate.fundingFeeSat = data.fundingFeeSat;
  const { local, remote } = row;
  if (local !== undefined) candidate.local = goneOn(local, data, at);
  // The balances stated are those with the local commitment's HTLCs.
  if (local !== undefined && remote !== undefined && holdsSameHtlcs(local, remote)) {
    candidate.remote = goneOn(remote, data, at);
  }
  return candidate;
}

function goneOn(
  commitment: CommitmentRow,
  { localBalanceMsat, remoteBalanceMsat }: ChannelEventData<'FundingCandidateAdded'>,
  at: string,
): CommitmentRow {
  const [offered, received] = [[...commitment.offered], [...commitment.received]];
  return { ...commitment, localBalanceMsat, remoteBalanceMsat, offered, received, at };
}

function holdsSameHtlcs(a: CommitmentRow, b: CommitmentRow): boolean {
  return (
    a.offered.length === b.offered.length &&
    a.received.length === b.received.length &&
    a.offered.every((id) => b.offered.includes(id)) &&
    a.received.every((id) => b.received.includes(id))
  );
}

/** The candidate's commitments become the channel's; one never heard of starts without any. */
function replaced(row: ChannelRow, data: ChannelEventData<'FundingReplaced'>, at: string): void {
  const { fundingOutpoint, capacitySat } = data;
  const promoted = candidateOf(row, fundingOutpoint);
  if (!row.outpoints.includes(fundingOutpoint)) row.outpoints.unshift(fundingOutpoint);
  row.fundingOutpoint = fundingOutpoint;
  row.capacitySat = capacitySat;
  for (const field of fundingFields) delete row[field];
  if (promoted !== undefined) Object.assign(row, present(promoted));
  row.candidates = [];
  showBalance(row, { ...data, precision: row.local?.precision ?? 'msat' }, at);
  pruneHtlcs(row);
}

/** What belongs to the funding and not to the channel. */
const fundingFields = [
  'local',
  'remote',
  'confirmedHeight',
  'shortChannelId',
  'fundingFeeSat',
] as const;

type FundingFields = Partial<Pick<ChannelRow, (typeof fundingFields)[number]>>;

function present(candidate: CandidateRow): FundingFields {
  const { local, remote, confirmedHeight, shortChannelId, fundingFeeSat } = candidate;
  return {
    ...(local !== undefined && { local }),
    ...(remote !== undefined && { remote }),
    ...(confirmedHeight !== undefined && { confirmedHeight }),
    ...(shortChannelId !== undefined && { shortChannelId }),
    ...(fundingFeeSat !== undefined && { fundingFeeSat }),
  };
}
