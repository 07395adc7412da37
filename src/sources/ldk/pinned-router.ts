/**
 * LDK's router, with first hops left out that a payment must not use. LDK 0.1 itself finds no route at all
 * to a peer when the direct channel to it is ruled out, not even through others; so it is not told of it.
 */
import type { ChannelDetails, RouteParameters, Router } from 'lightningdevkit';
import type { LdkBinding } from './load.ts';
import { Plain } from './plain.ts';

export function pinnedRouter(binding: LdkBinding, inner: Router): Router {
  const { ldk, memory } = binding;
  const references = memory.referenceCount(inner);
  const plain = new Plain(binding);
  const usable = (parameters: RouteParameters, firstHops: readonly ChannelDetails[]) => {
    const avoided = new Set(parameters.get_payment_params().get_previously_failed_channels());
    return firstHops.filter((channel) => {
      const id = plain.u64(channel.get_outbound_payment_scid());
      return id === null || !avoided.has(id);
    });
  };
  const released = <Route>(firstHops: readonly ChannelDetails[], route: Route): Route => {
    for (const channel of firstHops) memory.free(channel);
    memory.trimReferences(inner, references);
    return route;
  };
  return ldk.Router.new_impl({
    find_route: (payer, parameters, firstHops, inFlight) =>
      released(
        firstHops,
        inner.find_route(payer, parameters, usable(parameters, firstHops), inFlight),
      ),
    find_route_with_id: (payer, parameters, firstHops, inFlight, hash, id) =>
      released(
        firstHops,
        inner.find_route_with_id(
          payer,
          parameters,
          usable(parameters, firstHops),
          inFlight,
          hash,
          id,
        ),
      ),
    create_blinded_payment_paths: (recipient, firstHops, tlvs, amountMsat) =>
      inner.create_blinded_payment_paths(recipient, firstHops, tlvs, amountMsat),
  });
}
