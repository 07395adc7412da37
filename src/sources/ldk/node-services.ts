/** What an LDK node is given to live with: keys, fee estimates, a broadcaster, a graph and a router. */
import type {
  BroadcasterInterface,
  ChainMonitor,
  DefaultMessageRouter,
  DefaultRouter,
  EntropySource,
  FeeEstimator,
  KeysManager,
  LockableScore,
  Logger,
  MultiThreadedLockableScore,
  NetworkGraph,
  NodeSigner,
  Router,
  SignerProvider,
  UtxoLookup,
} from 'lightningdevkit';
import { bytesToHex } from '../../lightning/bytes.ts';
import { ShortChannelId } from '../../lightning/ids.ts';
import type { SimulatedChain } from './chain.ts';
import { enumName } from './decode-reason.ts';
import type { NodeDisk } from './disk.ts';
import type { FeeMarket } from './fee-market.ts';
import type { LdkBinding } from './load.ts';
import { PersistTap } from './persist-tap.ts';
import { pinnedRouter } from './pinned-router.ts';
import type { TapRecorder } from './recorder.ts';
import { resultOf } from './result.ts';

export interface NodeServices {
  readonly logger: Logger;
  readonly fees: FeeEstimator;
  readonly broadcaster: BroadcasterInterface;
  readonly persistTap: PersistTap;
  readonly chainMonitor: ChainMonitor;
  readonly keys: KeysManager;
  readonly entropy: EntropySource;
  readonly nodeSigner: NodeSigner;
  readonly signerProvider: SignerProvider;
  readonly graph: NetworkGraph;
  readonly score: MultiThreadedLockableScore;
  readonly lockableScore: LockableScore;
  readonly ldkRouter: DefaultRouter;
  readonly router: Router;
  readonly messageRouter: DefaultMessageRouter;
  readonly utxoLookup: UtxoLookup;
}

export interface ServiceOptions {
  readonly seed: Uint8Array;
  readonly disk: NodeDisk;
  readonly recorder: TapRecorder;
  readonly chain: SimulatedChain;
  readonly feeMarket: FeeMarket;
  /** Seconds and nanoseconds that no earlier start of this node was given: LDK's entropy hangs on them. */
  readonly startingTime: readonly [seconds: bigint, nanoseconds: number];
}

export function buildServices(binding: LdkBinding, options: ServiceOptions): NodeServices {
  const { ldk } = binding;
  const logger = ldk.Logger.new_impl({ log: () => undefined });
  const fees = tapFees(binding, options);
  const broadcaster = tapBroadcaster(binding, options);
  const persistTap = new PersistTap(binding, options.disk, options.recorder);
  const chainMonitor = ldk.ChainMonitor.constructor_new(
    ldk.Option_FilterZ.constructor_none(),
    broadcaster,
    logger,
    fees,
    persistTap.persist,
  );
  const keys = ldk.KeysManager.constructor_new(options.seed, ...options.startingTime);
  const entropy = keys.as_EntropySource();
  const graph = readGraph(binding, options.disk, logger);
  const score = ldk.MultiThreadedLockableScore.constructor_new(
    ldk.ProbabilisticScorer.constructor_new(
      ldk.ProbabilisticScoringDecayParameters.constructor_default(),
      graph,
      logger,
    ).as_Score(),
  );
  const lockableScore = score.as_LockableScore();
  const ldkRouter = ldk.DefaultRouter.constructor_new(
    graph,
    logger,
    entropy,
    lockableScore,
    ldk.ProbabilisticScoringFeeParameters.constructor_default(),
  );
  return {
    logger,
    fees,
    broadcaster,
    persistTap,
    chainMonitor,
    keys,
    entropy,
    nodeSigner: keys.as_NodeSigner(),
    signerProvider: keys.as_SignerProvider(),
    graph,
    score,
    lockableScore,
    ldkRouter,
    router: pinnedRouter(binding, ldkRouter.as_Router()),
    messageRouter: ldk.DefaultMessageRouter.constructor_new(graph, entropy),
    utxoLookup: lookupOnChain(binding, options.chain),
  };
}

/** LDK asks for estimates all the time; only a first or a changed answer is news. */
function tapFees({ ldk }: LdkBinding, options: ServiceOptions): FeeEstimator {
  const told = new Map<string, number>();
  return ldk.FeeEstimator.new_impl({
    get_est_sat_per_1000_weight: (confirmationTarget) => {
      const target = enumName(ldk.ConfirmationTarget, confirmationTarget);
      const feeratePerKw = options.feeMarket.feeratePerKw(target);
      if (told.get(target) !== feeratePerKw && !options.recorder.isMuted) {
        told.set(target, feeratePerKw);
        options.recorder.record({ kind: 'feerate', target, feeratePerKw });
      }
      return feeratePerKw;
    },
  });
}

function tapBroadcaster({ ldk }: LdkBinding, options: ServiceOptions) {
  return ldk.BroadcasterInterface.new_impl({
    broadcast_transactions: (transactions) => {
      for (const transaction of transactions) {
        options.recorder.record({ kind: 'broadcast', transaction: bytesToHex(transaction) });
        options.chain.submit(transaction);
      }
    },
  });
}

function readGraph({ ldk }: LdkBinding, disk: NodeDisk, logger: Logger): NetworkGraph {
  if (disk.networkGraph === undefined) {
    return ldk.NetworkGraph.constructor_new(ldk.Network.LDKNetwork_Regtest, logger);
  }
  const result = ldk.NetworkGraph.constructor_read(disk.networkGraph, logger);
  return resultOf(result, ldk.Result_NetworkGraphDecodeErrorZ_OK, 'the network graph');
}

/** So that LDK believes a channel announcement only if its output is there. */
function lookupOnChain({ ldk }: LdkBinding, chain: SimulatedChain): UtxoLookup {
  return ldk.UtxoLookup.new_impl({
    get_utxo: (_chainHash, id) => {
      const output = chain.fundingOutput(ShortChannelId(id));
      return ldk.UtxoResult.constructor_sync(
        output === undefined
          ? ldk.Result_TxOutUtxoLookupErrorZ.constructor_err(
              ldk.UtxoLookupError.LDKUtxoLookupError_UnknownTx,
            )
          : ldk.Result_TxOutUtxoLookupErrorZ.constructor_ok(
              ldk.TxOut.constructor_new(output.valueSat, output.script),
            ),
      );
    },
  });
}
