"""Electrum's library as the second implementation of BOLT 3: what electrum-peer.test.ts asks it.

Reads one JSON document from standard input and writes one to standard output. Bytes are hex. Needs
Debian's python3-electrum (4.3.4); its channels have no anchors.
"""
import functools
import json
import sys
from types import SimpleNamespace

from electrum import bitcoin, lnutil
from electrum.lnutil import LOCAL, RECEIVED, REMOTE, SENT, ScriptHtlc, UpdateAddHtlc

# Many states share their keys.
lnutil.derive_pubkey = functools.lru_cache(maxsize=1000)(lnutil.derive_pubkey)
lnutil.derive_blinded_pubkey = functools.lru_cache(maxsize=1000)(lnutil.derive_blinded_pubkey)


def end(points):
    """One end's base points and terms, as Electrum's channel configurations hold them."""
    keys = {name: SimpleNamespace(pubkey=bytes.fromhex(key)) for name, key in points.items()}
    return SimpleNamespace(
        multisig_key=keys["funding"],
        revocation_basepoint=keys["revocation"],
        payment_basepoint=keys["payment"],
        delayed_basepoint=keys["delayedPayment"],
        htlc_basepoint=keys["htlc"],
    )


def commitment(state):
    """Electrum's transactions of one commitment: LOCAL is its owner."""
    owner, other = end(state["owner"]), end(state["other"])
    other.to_self_delay = state["delayBlocks"]
    point = bytes.fromhex(state["point"])
    feerate, dust = state["feeratePerKw"], state["dustLimitSat"]
    payment = other.payment_basepoint.pubkey
    htlcs = []
    for each in state["htlcs"]:
        threshold = (
            lnutil.offered_htlc_trim_threshold_sat if each["isOfferedByOwner"]
            else lnutil.received_htlc_trim_threshold_sat
        )(dust_limit_sat=dust, feerate=feerate)
        if each["amountMsat"] // 1000 < threshold:
            continue
        htlc = UpdateAddHtlc(
            amount_msat=each["amountMsat"],
            payment_hash=bytes.fromhex(each["paymentHash"]),
            cltv_expiry=each["cltvExpiry"],
            timestamp=0,
        )
        script = lnutil.make_htlc_output_witness_script(
            is_received_htlc=not each["isOfferedByOwner"],
            remote_revocation_pubkey=lnutil.derive_blinded_pubkey(
                other.revocation_basepoint.pubkey, point),
            remote_htlc_pubkey=lnutil.derive_pubkey(other.htlc_basepoint.pubkey, point),
            local_htlc_pubkey=lnutil.derive_pubkey(owner.htlc_basepoint.pubkey, point),
            payment_hash=htlc.payment_hash,
            cltv_expiry=htlc.cltv_expiry,
        )
        htlcs.append((ScriptHtlc(script, htlc), SENT if each["isOfferedByOwner"] else RECEIVED))
    funder, fundee = (owner, other) if state["opener"] == "owner" else (other, owner)
    transaction = lnutil.make_commitment(
        ctn=state["number"],
        local_funding_pubkey=owner.multisig_key.pubkey,
        remote_funding_pubkey=other.multisig_key.pubkey,
        remote_payment_pubkey=lnutil.derive_pubkey(payment, point) if state["isLegacy"] else payment,
        funder_payment_basepoint=funder.payment_basepoint.pubkey,
        fundee_payment_basepoint=fundee.payment_basepoint.pubkey,
        revocation_pubkey=lnutil.derive_blinded_pubkey(other.revocation_basepoint.pubkey, point),
        delayed_pubkey=lnutil.derive_pubkey(owner.delayed_basepoint.pubkey, point),
        to_self_delay=state["delayBlocks"],
        funding_txid=state["fundingTxid"],
        funding_pos=state["fundingIndex"],
        funding_sat=state["capacitySat"],
        local_amount=state["ownerGrossMsat"],
        remote_amount=state["otherGrossMsat"],
        dust_limit_sat=dust,
        fees_per_participant=lnutil.calc_fees_for_commitment_tx(
            num_htlcs=len(htlcs), feerate=feerate, is_local_initiator=state["opener"] == "owner"),
        htlcs=[script_htlc for script_htlc, _ in htlcs],
    )
    return {
        "txid": transaction.txid(),
        "raw": transaction.serialize_to_network(include_sigs=False),
        "signed": transaction.serialize_preimage(0),
        "htlcs": second_stages(state, owner, other, point, transaction, htlcs),
    }


def second_stages(state, owner, other, point, transaction, htlcs):
    """In the order of the commitment's outputs; equal outputs in that of their expiry."""
    channel = SimpleNamespace(
        config={LOCAL: owner, REMOTE: other},
        get_feerate=lambda subject, ctn: state["feeratePerKw"],
    )
    taken, found = set(), []
    for (script, htlc), direction in sorted(htlcs, key=lambda one: one[0].htlc.cltv_expiry):
        address = bitcoin.redeem_script_to_address("p2wsh", script.hex())
        paid = bytes.fromhex(bitcoin.address_to_script(address))
        index = next(
            index for index, output in enumerate(transaction.outputs())
            if index not in taken
            and output.scriptpubkey == paid and output.value == htlc.amount_msat // 1000
        )
        taken.add(index)
        _, stage = lnutil.make_htlc_tx_with_open_channel(
            chan=channel, pcp=point, subject=LOCAL, ctn=state["number"],
            htlc_direction=direction, commit=transaction, ctx_output_idx=index, htlc=htlc)
        found.append((index, {"txid": stage.txid(), "signed": stage.serialize_preimage(0)}))
    return [stage for _, stage in sorted(found, key=lambda one: one[0])]


def shachain(seed, revealed, asked):
    """A receiver's store after so many secrets: its buckets, and older secrets had back from it."""
    store = lnutil.RevocationStore({})
    first = lnutil.RevocationStore.START_INDEX
    for number in range(revealed):
        store.add_next_entry(lnutil.get_per_commitment_secret_from_seed(seed, first - number))
    return {
        "buckets": [[str(one.index), one.secret.hex()] for one in store.buckets.values()],
        "secrets": [store.retrieve_secret(first - number).hex() for number in asked],
    }


def main():
    asked = json.load(sys.stdin)
    json.dump({
        "states": [commitment(state) for state in asked["states"]],
        "shachains": [
            shachain(bytes.fromhex(each["seed"]), each["revealed"], each["asked"])
            for each in asked["shachains"]
        ],
    }, sys.stdout)


main()
