interface OriginProps {
  readonly node: string;
  readonly name: string;
  readonly field: string;
}
export function OriginPage({ node, name, field }: OriginProps) {
  return <p>{node + name + field}</p>;
}
