/** How a channel of a wallet ended, and which of its outputs came straight to the wallet. */
import { MAX_RAW_TRANSACTION } from '../../channel/fields.ts';
import { outpointOf, Txid } from '../../lightning/ids.ts';
import type { ChannelSource, Tell } from './channel-facts.ts';
import type { Clock } from './clock.ts';
import { type Spend, spendOf } from './closing.ts';
import { blockOf, ownOutputs, rawTransactionOf, scriptsOf, transactionOf } from './transactions.ts';

/** Told once its transaction is in a verified block, and the wallet has it. */
export function tellClose(source: ChannelSource, clock: Clock, tell: Tell): void {
  const { channel, records, terms, log, tally } = source;
  const [closingTxid] = channel.closing_height ?? [];
  const block = closingTxid === undefined ? undefined : blockOf(records, closingTxid);
  const transaction = closingTxid === undefined ? undefined : transactionOf(records, closingTxid);
  if (closingTxid === undefined || block === undefined || transaction === undefined) return;
  const { fundingOutpoint, capacitySat, channelType } = terms;
  const remoteRevoked = log.newest.remote - 1;
  const own = ownOutputs(records, closingTxid);
  const context = { channel, channelType, fundingOutpoint, capacitySat, remoteRevoked, own };
  const spend = spendOf(context, transaction);
  if (spend === undefined) {
    tally.bad(
      `channel ${terms.channelId}, closing_height`,
      'that transaction does not spend its funding',
    );
    return;
  }
  const { height, blockHash } = block;
  const raw = rawTransactionOf(records, closingTxid);
  tell({ ...clock.stated(block.timeNs), blockHeight: height }, 'closing_height', {
    type: 'ChannelClosed',
    data: { fundingOutpoint, closingTxid: transaction.txid, height, blockHash, ...spend },
    secret: {
      scripts: scriptsOf(transaction),
      ...(isKept(raw) && { rawTransaction: raw }),
    },
  });
  const swept = tellOwnOutputs(spend, closingTxid, own, clock, tell);
  const left = spend.kind === 'cooperative' ? 0 : spend.outputs.length - swept;
  if (left > 0) {
    const why = 'what became of them after the close is not read from a wallet yet';
    tally.unread('outputs of forced closes', why, left);
  }
  if (spend.kind === 'cooperative' || channel.state === 'REDEEMED') {
    const data = spend.kind === 'cooperative' ? { height } : { isTimeUntold: true };
    tell(clock.between(), 'state', { type: 'ChannelFullyResolved', data });
  }
}

/**
 * With static_remotekey the peer's commitment pays our balance to an address of the wallet: there is
 * nothing to sweep, and so no fee. Returns how many outputs those are.
 */
function tellOwnOutputs(
  { kind, outputs }: Pick<Spend, 'kind' | 'outputs'>,
  closingTxid: string,
  own: ReadonlySet<number>,
  clock: Clock,
  tell: Tell,
): number {
  if (kind === 'cooperative') return 0;
  const paid = outputs.filter(({ index, what }) => what === 'to-local' && own.has(index));
  for (const { index, valueSat, what } of paid) {
    const outpoint = outpointOf(Txid(closingTxid), index);
    tell(clock.between(), `closing_height output ${index}`, {
      type: 'OutputResolved',
      data: {
        outpoint,
        what,
        stage: 'last',
        outcome: 'claimed',
        amountSat: valueSat,
        sweptSat: valueSat,
        feeSat: 0n,
      },
    });
  }
  return paid.length;
}

/** As much as an event holds; a close is much smaller. */
function isKept(raw: string | undefined): raw is string {
  return raw !== undefined && raw.length <= 2 * MAX_RAW_TRANSACTION;
}
