/** Pays the fees of anchor channels' commitment and HTLC transactions from the node's own coins. */
import type { BumpTransactionEvent, BumpTransactionEventHandler } from 'lightningdevkit';
import { splitOutpoint, txidToBytes } from '../../lightning/ids.ts';
import { parseTransaction } from '../../lightning/transaction.ts';
import { WireReader } from '../../lightning/wire.ts';
import type { LdkBinding } from './load.ts';
import type { NodeServices } from './node-services.ts';
import { transactionBytes } from './transaction-bytes.ts';
import type { Wallet } from './wallet.ts';

/** BIP 141: an empty script_sig counts fourfold; a signature and a key in the witness weigh 108. */
const P2WPKH_SATISFACTION_WEIGHT = 4n + 108n;
/** BIP 174: "psbt" and 0xff. */
const PSBT_MAGIC_BYTES = 5;
const PSBT_UNSIGNED_TRANSACTION = 0x00;

export class FeeBumper {
  readonly #handler: BumpTransactionEventHandler;
  /** The binding holds what it calls only weakly. */
  readonly #kept: readonly object[];

  constructor(binding: LdkBinding, services: NodeServices, wallet: Wallet) {
    const { ldk } = binding;
    const source = ldk.WalletSource.new_impl({
      list_confirmed_utxos: () =>
        ldk.Result_CVec_UtxoZNoneZ.constructor_ok(
          wallet.coins().map(({ outpoint, valueSat }) => {
            const { txid, vout } = splitOutpoint(outpoint);
            return ldk.Utxo.constructor_new(
              ldk.OutPoint.constructor_new(txidToBytes(txid), vout),
              ldk.TxOut.constructor_new(valueSat, wallet.script),
              P2WPKH_SATISFACTION_WEIGHT,
            );
          }),
        ),
      get_change_script: () => ldk.Result_CVec_u8ZNoneZ.constructor_ok(wallet.script),
      sign_psbt: (psbt) =>
        ldk.Result_TransactionNoneZ.constructor_ok(signed(wallet, unsignedTransaction(psbt))),
    });
    const coinSelection = ldk.Wallet.constructor_new(source, services.logger);
    const coinSource = coinSelection.as_CoinSelectionSource();
    this.#handler = ldk.BumpTransactionEventHandler.constructor_new(
      services.broadcaster,
      coinSource,
      services.signerProvider,
      services.logger,
    );
    this.#kept = [source, coinSelection, coinSource];
  }

  bump(event: BumpTransactionEvent): void {
    if (this.#kept.length > 0) this.#handler.handle_event(event);
  }
}

/** BIP 174, global map, PSBT_GLOBAL_UNSIGNED_TX: the only part of LDK's PSBT that is needed here. */
function unsignedTransaction(psbt: Uint8Array): Uint8Array {
  const reader = new WireReader(psbt, 'PSBT');
  reader.bytes(PSBT_MAGIC_BYTES);
  for (let keyLength = reader.compactSize(); keyLength > 0; keyLength = reader.compactSize()) {
    const key = reader.bytes(keyLength);
    const value = reader.bytes(reader.compactSize());
    if (keyLength === 1 && key[0] === PSBT_UNSIGNED_TRANSACTION) return value;
  }
  throw new Error('"PSBT" expected an unsigned transaction, got none');
}

/** Signs the wallet's own inputs; LDK signs the channel's afterwards. */
function signed(wallet: Wallet, unsigned: Uint8Array): Uint8Array {
  const transaction = parseTransaction(unsigned);
  return transactionBytes(wallet.sign(transaction, wallet.coins()));
}
