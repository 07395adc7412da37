/**
 * Payment links: what must stay linkable after a purge (both HTLCs of a forward, the parts of a
 * payment) is a keyed hash of the payment hash, made before anything is decided (DESIGN §8).
 */
import type { ChannelFact } from '../channel/observations.ts';
import type { Observation } from '../observation/observation.ts';
import type { Keyring } from './keyring.ts';

/** The observation with links in the places where it has payment hashes. */
export function withLinks(keyring: Keyring, observation: Observation): Observation {
  switch (observation.about) {
    case 'channel': {
      const fact = linkedFact(keyring, observation.fact);
      return fact === observation.fact ? observation : { ...observation, fact };
    }
    case 'node': {
      const { paymentHash, ...rest } = observation;
      const { fact } = observation;
      const isPayment = fact.type.startsWith('Payment') && fact.type !== 'PaymentForwarded';
      if (typeof paymentHash !== 'string' || !isPayment) return observation;
      const data = { ...fact.data, paymentLink: keyring.linkOf(paymentHash) };
      return { ...rest, fact: { ...fact, data } as typeof fact };
    }
    default:
      return observation;
  }
}

function linkedFact(keyring: Keyring, fact: ChannelFact): ChannelFact {
  switch (fact.type) {
    case 'CommitmentSeen':
    case 'BalanceSeen': {
      // Here and below: what is of another type fits no schema, and goes into quarantine as it is.
      if (!Array.isArray(fact.data.htlcs)) return fact;
      if (fact.data.htlcs.every((htlc) => typeof htlc?.paymentHash !== 'string')) return fact;
      const htlcs = fact.data.htlcs.map((htlc) => {
        const paymentHash: unknown = htlc?.paymentHash;
        return typeof paymentHash !== 'string' || htlc.paymentLink !== undefined
          ? htlc
          : { ...htlc, paymentLink: keyring.linkOf(paymentHash) };
      });
      return { ...fact, data: { ...fact.data, htlcs } } as ChannelFact;
    }
    case 'MovementBooked':
    case 'HtlcAdded': {
      if (typeof fact.secret?.paymentHash !== 'string') return fact;
      const paymentLink = keyring.linkOf(fact.secret.paymentHash);
      return { ...fact, data: { ...fact.data, paymentLink } } as ChannelFact;
    }
    default:
      return fact;
  }
}
