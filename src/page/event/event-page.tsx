export function EventPage({ eventId }: { readonly eventId: string }) {
  return <p>{eventId}</p>;
}
