export function ChannelPage({ node, name }: { readonly node: string; readonly name: string }) {
  return <p>{node + name}</p>;
}
