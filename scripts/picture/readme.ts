/** Real output in a document: each marked block is replaced by what its command prints. */

/** `<!-- shows: COMMAND -->`, then a block; the mark is not seen where the document is read. */
const MARKED = /(<!-- shows: (.+) -->\n+```\w*\n)[\s\S]*?(^```$)/gm;

export function withOutputs(document: string, outputOf: (command: string) => string): string {
  return document.replace(MARKED, (_, start: string, command: string, end: string) => {
    return `${start}$ ${command}\n${outputOf(command).trimEnd()}\n${end}`;
  });
}
