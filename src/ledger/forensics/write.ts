/** A dossier as lines for a terminal, as Markdown, and as one HTML page that loads nothing. */
import { htmlText } from '../html-text.ts';
import type { WrittenDossier, WrittenLine } from './redact.ts';
import { VERDICTS } from './verdict-words.ts';

/** The first line of every form. */
function verdictLine({ verdict }: WrittenDossier): string {
  const { cause, by, basis, events } = verdict;
  const who = by === 'unknown' ? 'by whom is unknown' : `by ${by}`;
  const rests = events.length === 0 ? 'no event decides it' : `events ${events.join(', ')}`;
  return `Verdict: ${VERDICTS[cause]} (${cause}; ${who}; ${basis}; ${rests})`;
}

function subjectLine({ channelId, shortChannelId, nodeId, peerId }: WrittenDossier): string {
  const short = shortChannelId === undefined ? '' : ` (${shortChannelId})`;
  const peer = peerId === undefined ? '' : ` with ${peerId}`;
  return `Channel ${channelId}${short}, as recorded by ${nodeId}${peer}`;
}

/** `withEvents`: each line with the ids of the events it rests on. */
export function dossierLines(
  dossier: WrittenDossier,
  { withEvents = false }: { readonly withEvents?: boolean } = {},
): readonly string[] {
  const lines = [verdictLine(dossier), subjectLine(dossier)];
  for (const { title, lines: own } of dossier.sections) {
    lines.push('', title);
    for (const line of own) {
      const rests = withEvents ? eventsOf(line) : '';
      lines.push(`  ${`[${line.basis}]`.padEnd(14)} ${line.text}${rests}`);
    }
  }
  return lines;
}

const eventsOf = ({ events }: WrittenLine) =>
  events.length === 0 ? '' : ` (${events.join(', ')})`;

export function markdownOf(dossier: WrittenDossier): string {
  const parts = [`# ${plain(verdictLine(dossier))}`, '', plain(subjectLine(dossier)), ''];
  for (const { title, lines } of dossier.sections) {
    parts.push(`## ${title}`, '');
    parts.push(
      ...lines.map((line) => `- *${line.basis}*: ${plain(line.text.trim())}${eventsOf(line)}`),
    );
    parts.push('');
  }
  return parts.join('\n');
}

/** Outside text is neither markup nor a link nor a mention: what makes one of plain words is shown as code. */
function plain(text: string): string {
  return withoutControls(text)
    .replace(/[\\`*_{}[\]<>#|~!&]/g, (character) => `\\${character}`)
    .replace(/(?:@|:\/\/|www\.)+/gi, (link) => `\`${link}\``);
}

export function htmlOf(dossier: WrittenDossier): string {
  const sections = dossier.sections.map(({ title, lines }) => {
    const rows = lines.map((line) => {
      const { basis, text, events } = line;
      return `<tr><td class="${basis}">${basis}</td><td title="${escaped(events.join(' '))}">${escaped(text)}</td></tr>`;
    });
    return `<h2>${escaped(title)}</h2>\n<table>\n${rows.join('\n')}\n</table>`;
  });
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>Why a channel closed</title>
<style>
:root { color-scheme: light dark; font: 1rem/1.4 system-ui, sans-serif; }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; }
td { padding: .15rem .5rem; vertical-align: top; overflow-wrap: anywhere; white-space: pre-wrap; }
td:first-child { width: 7rem; }
td.unknown { font-style: italic; }
</style>
<h1>${escaped(verdictLine(dossier))}</h1>
<p>${escaped(subjectLine(dossier))}</p>
${sections.join('\n')}
</html>
`;
}

function escaped(text: string): string {
  return htmlText(withoutControls(text));
}

/** What turns a line around, hides in it or breaks it. */
function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');
}
