/**
 * The demo's blocks, given to `import chain` as a Bitcoin node would print them, say of each close and of
 * each claim what the LDK nodes said themselves.
 */
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { knownBy } from '../../src/cli/import-known.ts';
import type { ClosedView } from '../../src/ledger/view-types.ts';
import { hexToBytes } from '../../src/lightning/bytes.ts';
import { parseTransaction } from '../../src/lightning/transaction.ts';
import { chainImporter } from '../../src/sources/chain/importer.ts';
import { NetworkTeller } from '../../src/sources/ldk/demo.ts';
import { scenario } from '../../src/sources/ldk/scenario.ts';
import type { TapRecord } from '../../src/sources/ldk/taps.ts';
import { fileOf, imported } from '../sources/importing.ts';
import { memoryLedger } from './play.ts';

type Block = Extract<TapRecord, { readonly kind: 'block' }>;

/** A block is handed to each node with what it asked for: together they saw all that matters. */
function documentsOf(blocks: readonly Block[]): string {
  const byHash = Map.groupBy(blocks, ({ hash }) => hash);
  return [...byHash.values()]
    .flatMap((same) => {
      const hexes = [...new Set(same.flatMap(({ transactions }) => transactions))];
      const { hash, height, time } = same[0] as Block;
      return [
        { hash, height, time, confirmations: 1 },
        ...hexes.map((hex) => {
          const { txid } = parseTransaction(hexToBytes(hex));
          return { txid, hex, blockhash: hash, vin: [] };
        }),
      ];
    })
    .map((document) => JSON.stringify(document))
    .join('\n');
}

/** What both tellers can know: whose an output of a cooperative close is, only LDK does. */
function account({ nodeId, channelId, close }: ClosedView) {
  return {
    nodeId,
    channelId,
    kind: close.kind,
    feeSat: close.feeSat,
    height: close.height,
    closingTxid: close.closingTxid,
    commitmentNumber: close.commitmentNumber,
    resolvedHeight: close.resolvedHeight,
    outputs: close.outputs.map(
      ({ outpoint, valueSat, outcome, stage, sweepTxid, feeSat, what }) => {
        // One that was not claimed is told by nobody but its owner.
        const named = outcome === undefined ? undefined : what;
        return { outpoint, valueSat, outcome, stage, sweepTxid, feeSat, what: named };
      },
    ),
  };
}

for (const anchors of [false, true]) {
  const kind = anchors ? 'with anchors' : 'without anchors';
  test(`of channels ${kind} the chain tells what LDK told`, async () => {
    const ledger = await memoryLedger('chain');
    const teller = new NetworkTeller();
    const blocks: Block[] = [];
    const sink = (record: TapRecord) => {
      teller.hear(record);
      if (record.kind === 'block') blocks.push(record);
    };
    for await (const _ of scenario({ seed: 'chain', payments: 20, anchors, sink })) {
      await ledger.record(teller.tell());
    }
    await ledger.record(teller.tell());
    const path = fileOf('demo-chain.json', documentsOf(blocks));
    const last = Math.max(...blocks.map(({ time }) => time));
    const { observations, report } = await imported(chainImporter, [path], {
      known: knownBy(ledger, undefined),
      nodeId: undefined,
      nowNs: BigInt(last + 1) * 1_000_000_000n,
    });
    assert.is(report.bad.count, 0);
    assert.is((await ledger.record(observations)).quarantined, 0);
    const byLdk = ledger.closed({ source: 'ldk' }).map(account);
    assert.ok(byLdk.length >= 6);
    const kinds = new Set(byLdk.map((one) => one.kind));
    assert.equal([...kinds].sort(), ['breach', 'cooperative', 'local-force', 'remote-force']);
    const byChain = ledger.closed({ source: 'chain' }).map(account);
    const inOrder = (all: typeof byLdk) =>
      all.toSorted((a, b) => (a.channelId + a.nodeId < b.channelId + b.nodeId ? -1 : 1));
    assert.equal(inOrder(byChain), inOrder(byLdk));
    assert.equal(ledger.problems(), []);
    await ledger.close();
  });
}

test.run();
