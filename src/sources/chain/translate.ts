/** A channel's transactions as observations: funding confirmed, closed, outputs claimed, resolved. */
import type { ChannelEventData } from '../../channel/events.ts';
import { bytesToHex } from '../../lightning/bytes.ts';
import {
  type Outpoint,
  outpointOf,
  ShortChannelId,
  splitOutpoint,
  splitShortChannelId,
  type Txid,
} from '../../lightning/ids.ts';
import type { ChannelObservation, NodeObservation } from '../../observation/observation.ts';
import type { KnownChannel } from '../known.ts';
import type { Tally } from '../tally.ts';
import type { TransactionRecord } from './chain-records.ts';
import { type Claim, type Claims, claimsOf, type OpenOutput } from './claims.ts';
import { type Close, closeOf } from './closing.ts';
import type { Found } from './found.ts';
import { type Moment, momentOf, Saying } from './saying.ts';
import { Chosen, type Place, type Standing } from './standing.ts';
import { TakenBack } from './taken-back.ts';
import { CLOSE, fundingThing, type ToldBefore } from './told.ts';

export interface ChainTold {
  readonly chain: string;
  /** What this source said of the channel before: what a key told since would say otherwise stays said. */
  readonly before: ToldBefore;
  readonly nowNs: bigint;
  readonly tally: Tally;
}

type Told = Generator<ChannelObservation | NodeObservation, void, undefined>;

/** All that the files tell of one channel: what is no longer so, then the rest in the order of its life. */
export function channelFacts(told: ChainTold, found: Found, channel: KnownChannel): Told {
  return new Teller(told, found, channel).facts();
}

/** A claim in its block; `isTold`: by an earlier import. */
interface PlacedClaim extends Claim {
  readonly moment: Moment;
  readonly isTold: boolean;
}

interface End {
  readonly txid: Txid;
  readonly moment: Moment;
}

class Teller {
  readonly #told: ChainTold;
  readonly #found: Found;
  readonly #channel: KnownChannel;
  readonly #chosen: Chosen;
  readonly #saying: Saying;
  readonly #spend: Standing | undefined;
  readonly #undone: TakenBack;

  constructor(told: ChainTold, found: Found, channel: KnownChannel) {
    const { before, tally } = told;
    this.#told = told;
    this.#found = found;
    this.#channel = channel;
    this.#chosen = new Chosen(found, before, tally);
    this.#saying = new Saying(told, channel);
    for (const outpoint of channel.outpoints) this.#fundingOf(outpoint);
    // What spent an older funding was a splice.
    const { fundingOutpoint = channel.outpoints[0] } = channel.context;
    this.#spend = fundingOutpoint && this.#chosen.spendOf(fundingOutpoint, before.close);
    this.#undone = new TakenBack(before, {
      fundingOf: (outpoint) => this.#fundingOf(outpoint),
      close: this.#spend,
      claimOf: (outpoint) => this.#claimOf(outpoint),
      isTakenBack: (one, standing) => this.#chosen.isTakenBack(one, standing),
    });
  }

  *facts(): Told {
    const { before } = this.#told;
    const undone = this.#undone;
    const spend = this.#spend?.place && this.#spend.record;
    const close = spend && closeOf(this.#channel, spend.transaction);
    const closedAt = this.#momentOf(this.#spend, undone.endOf(CLOSE));
    const claims = this.#claims(spend, close);
    const { resolvedNs } = before;
    const endNs = this.#end(claims, close, closedAt)?.moment.baseNs;
    if (resolvedNs !== undefined && endNs !== resolvedNs - 3n) undone.reachBehind(resolvedNs);
    yield* this.#takenBack();
    yield* this.#funding();
    if (spend !== undefined && close !== undefined && closedAt !== undefined) {
      if (this.#isStillTold(this.#spend)) this.#countTold();
      else {
        const scripts = spend.transaction.outputs.map(({ script }) => bytesToHex(script));
        const data = this.#closed(spend, close, closedAt.place);
        const fact = { type: 'ChannelClosed', data, secret: { scripts } } as const;
        yield* this.#saying.confirmed(spend.txid, closedAt, fact);
      }
    }
    for (const { record, data, moment, isTold } of this.#placed(claims, closedAt)) {
      const { height, blockHash } = moment.place;
      const fact = { type: 'OutputResolved', data: { ...data, height, blockHash } } as const;
      if (isTold) this.#countTold();
      else yield* this.#saying.confirmed(record.txid, moment, fact);
    }
    const end = this.#end(claims, close, closedAt);
    if (end === undefined) return;
    if (resolvedNs !== undefined && !undone.isBehind(resolvedNs)) this.#countTold();
    else yield* this.#saying.resolved(end.txid, end.moment);
  }

  *#takenBack(): Told {
    for (const place of this.#chosen.leftPlaces.values()) yield this.#saying.left(place);
    for (const [told, atNs] of this.#undone.all()) yield this.#saying.takenBack(told, atNs);
  }

  *#funding(): Told {
    const { fundingOutpoint } = this.#channel.context;
    if (fundingOutpoint === undefined) return;
    const standing = this.#fundingOf(fundingOutpoint);
    const moment = this.#momentOf(standing, this.#undone.endOf(fundingThing(fundingOutpoint)));
    const record = standing?.record;
    if (record === undefined || moment === undefined) return;
    const { height, blockHash } = moment.place;
    const { feeSat } = record;
    const shortChannelId = this.#shortChannelId(record, moment.place);
    if (shortChannelId === undefined) {
      const why = 'its place in the block is not known: getblock of it with verbosity 1 tells it';
      this.#told.tally.unread('funding transaction', why);
      return;
    }
    const data = { fundingOutpoint, height, blockHash, shortChannelId };
    yield* this.#saying.confirmed(record.txid, moment, {
      type: 'FundingConfirmed',
      data: { ...data, ...(feeSat !== undefined && { feeSat }) },
    });
  }

  #closed(
    { transaction, txid, feeSat }: TransactionRecord,
    { kind, owner, commitmentNumber, outputs }: Close,
    { height, blockHash }: Place,
  ): ChannelEventData<'ChannelClosed'> {
    const { fundingOutpoint, capacitySat } = this.#channel.context;
    const paidSat = outputs.reduce((sum, { valueSat }) => sum + valueSat, 0n);
    // What is spent beside the funding has an amount that is not known here, and so has the fee.
    const isAlone = transaction.inputs.length === 1 && capacitySat !== undefined;
    const derived =
      isAlone && paidSat <= capacitySat
        ? { feeSat: capacitySat - paidSat, isFeeDerived: true as const }
        : {};
    return {
      ...(fundingOutpoint && { fundingOutpoint }),
      closingTxid: txid,
      height,
      blockHash,
      kind,
      initiator: owner ?? 'unknown',
      ...(commitmentNumber !== undefined && { commitmentNumber }),
      outputs,
      ...(feeSat !== undefined && transaction.inputs.length === 1 ? { feeSat } : derived),
    };
  }

  /** Of a close that the files lack too: told before, or by others, what claimed its outputs may be new. */
  #claims(spend: TransactionRecord | undefined, close: Close | undefined): Claims {
    const { closingTxid, outputs } = this.#channel;
    if (close?.kind === 'cooperative') return { claims: [], isComplete: true };
    if (close === undefined && closingTxid === undefined) return { claims: [], isComplete: false };
    const known = new Map(outputs.map((output) => [output.outpoint, output]));
    const own = (close?.outputs ?? []).map(({ index, valueSat, what }): OpenOutput => {
      const outpoint = outpointOf((spend as TransactionRecord).txid, index);
      const told = what === 'unknown' ? (known.get(outpoint)?.what ?? what) : what;
      return { outpoint, valueSat, what: told, isSecondStage: false };
    });
    const others = outputs
      .filter(({ outpoint }) => splitOutpoint(outpoint).txid === closingTxid)
      .map((output) => ({ ...output, isSecondStage: false }));
    const { before } = this.#told;
    const told = [...before.claims.values()].filter((claim) => !this.#undone.has(claim));
    return claimsOf({
      spendOf: (outpoint) => this.#claimOf(outpoint)?.record,
      owner: close === undefined ? ownerOf(before) : close.owner,
      outputs: close === undefined ? others : own,
      told: new Map(told.map(({ fact: { data } }) => [data.outpoint, data])),
    });
  }

  /** A stage comes before what follows it, which is in its block or a later one. */
  #placed({ claims }: Claims, closedAt: Moment | undefined): readonly PlacedClaim[] {
    const closedNs = closedAt?.isMoved ? closedAt.baseNs - 1n : 0n;
    const placed = claims.flatMap((claim): readonly PlacedClaim[] => {
      const { outpoint } = claim.data;
      const standing = this.#claimOf(outpoint);
      const undoneNs = this.#undone.endOf(outpoint);
      const moment = this.#momentOf(standing, undoneNs > closedNs ? undoneNs : closedNs);
      const isTold = this.#isStillTold(standing);
      return moment === undefined ? [] : [{ ...claim, moment, isTold }];
    });
    return placed.sort((a, b) => a.moment.place.height - b.moment.place.height);
  }

  /** The last claim, once nothing is left to claim; a cooperative close leaves nothing. */
  #end(all: Claims, close: Close | undefined, closedAt: Moment | undefined): End | undefined {
    const spend = this.#spend;
    const behindNs = this.#undone.lastNs;
    if (close?.kind === 'cooperative') {
      if (spend === undefined || closedAt === undefined) return undefined;
      return { txid: spend.txid, moment: behind(closedAt, behindNs) };
    }
    const { before } = this.#told;
    const isToldClose = before.close !== undefined && !this.#undone.has(before.close);
    const placed = this.#placed(all, closedAt);
    const isWhole = all.isComplete && placed.length === all.claims.length;
    if (!isWhole || (close === undefined && !isToldClose)) return undefined;
    const ends = [
      ...placed.map(({ record, moment }) => ({ txid: record.txid, moment })),
      ...[...before.claims.values()]
        .filter((claim) => !this.#undone.has(claim))
        .map((claim) => ({ txid: claim.txid, moment: momentOf(claim, 0n) })),
    ].sort((a, b) => a.moment.place.height - b.moment.place.height);
    const last = ends.at(-1);
    const newestNs = ends.reduce((ns, { moment }) => (moment.baseNs > ns ? moment.baseNs : ns), 0n);
    if (last === undefined) return undefined;
    const floorNs = behindNs < newestNs ? newestNs - 1n : behindNs;
    return { txid: last.txid, moment: behind(last.moment, floorNs) };
  }

  #fundingOf(outpoint: Outpoint): Standing | undefined {
    return this.#chosen.transaction(outpoint, this.#told.before.fundings.get(outpoint));
  }

  #claimOf(outpoint: Outpoint): Standing | undefined {
    return this.#chosen.spendOf(outpoint, this.#told.before.claims.get(outpoint));
  }

  #isStillTold(standing: Standing | undefined): boolean {
    return standing?.told !== undefined && !this.#undone.has(standing.told);
  }

  #momentOf(standing: Standing | undefined, behindNs: bigint): Moment | undefined {
    if (standing?.place === undefined) return undefined;
    return momentOf(standing.place, this.#isStillTold(standing) ? 0n : behindNs);
  }

  #countTold(): void {
    this.#told.tally.unread(
      'fact that was told before',
      'the ledger has it from an earlier import',
    );
  }

  /** By the block's list; or as the ledger knows it, where height and output agree. */
  #shortChannelId({ txid }: TransactionRecord, place: Place): ShortChannelId | undefined {
    const { height, blockHash } = place;
    const { context, shortChannelIds } = this.#channel;
    if (context.fundingOutpoint === undefined) return undefined;
    const { vout } = splitOutpoint(context.fundingOutpoint);
    const index = this.#found.indexOf(txid, blockHash);
    if (index !== undefined) return ShortChannelId(`${height}x${index}x${vout}`);
    // In another block of this height it may have stood elsewhere.
    const { before } = this.#told;
    const told = before.fundings.get(context.fundingOutpoint);
    if (told !== undefined && told.blockHash !== blockHash) return undefined;
    return shortChannelIds.find((id) => {
      const { blockHeight, outputIndex } = splitShortChannelId(id);
      return blockHeight === height && outputIndex === vout;
    });
  }
}

function behind(moment: Moment, ns: bigint): Moment {
  return moment.baseNs > ns ? moment : momentOf(moment.place, ns);
}

/** A commitment on chain is that of whoever published it. */
function ownerOf({ close }: ToldBefore): Close['owner'] {
  const { kind, initiator } = close?.fact.data ?? {};
  const isCommitment = kind !== 'cooperative' && kind !== 'unknown';
  return isCommitment && (initiator === 'local' || initiator === 'remote') ? initiator : undefined;
}
