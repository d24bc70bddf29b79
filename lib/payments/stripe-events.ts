import Stripe from 'stripe';
import { z } from 'zod';

/** What an event is about, as far as we care. */
export type PaymentEvent =
  | { kind: 'checkout'; externalId: string; purchaseId: string }
  /** Money went back or is disputed: a person has to look. */
  | { kind: 'money-back'; purchaseId: string | null; externalId: string }
  | { kind: 'other' };

export interface SignedPaymentEvent {
  deliveryId: string;
  type: string;
  about: PaymentEvent;
}

const ours = z.uuid();

/**
 * Reads a webhook's raw body. Null when the signature does not fit it or is older than five minutes:
 * anybody can post here. Only names what the event is about; what is true is asked of Stripe.
 */
export function readStripeEvent(
  secret: string,
  rawBody: string,
  signature: string,
): SignedPaymentEvent | null {
  let event: Stripe.Event;
  try {
    event = Stripe.webhooks.constructEvent(rawBody, signature, secret);
  } catch {
    return null;
  }
  const { id, type } = event;
  if (typeof id !== 'string' || typeof type !== 'string') return null;
  return { deliveryId: id, type, about: aboutOf(event) };
}

function aboutOf(event: Stripe.Event): PaymentEvent {
  switch (event.type) {
    case 'checkout.session.completed':
    case 'checkout.session.async_payment_succeeded':
    case 'checkout.session.async_payment_failed':
    case 'checkout.session.expired': {
      const session = event.data.object;
      const purchaseId = ours.safeParse(
        session.metadata?.purchaseId ?? session.client_reference_id,
      ).data;
      return purchaseId
        ? { kind: 'checkout', externalId: session.id, purchaseId }
        : { kind: 'other' };
    }
    case 'charge.refunded':
    case 'charge.dispute.created':
    case 'charge.dispute.closed': {
      const { id: externalId, metadata } = event.data.object;
      // A dispute does not repeat what its charge was told; its own id finds it at Stripe.
      const purchaseId = ours.safeParse(metadata?.purchaseId).data ?? null;
      return { kind: 'money-back', purchaseId, externalId };
    }
    default:
      return { kind: 'other' };
  }
}
