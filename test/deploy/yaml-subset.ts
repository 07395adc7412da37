/**
 * As much YAML as the compose files here use: maps and lists by indentation, quoted and plain text,
 * flow lists and flow maps on one line, `|` blocks, anchors and merges. Anything else throws, so that
 * a file cannot mean something other than what the tests have read.
 */
export type Yaml = string | readonly Yaml[] | { readonly [key: string]: Yaml };

interface Line {
  readonly indent: number;
  readonly text: string;
}

const KEY = /^([A-Za-z0-9_.-]+|<<):(?: (.*))?$/;

export function readYaml(source: string): Yaml {
  return new Reader(source).document();
}

class Reader {
  readonly #lines: Line[];
  readonly #anchors = new Map<string, Yaml>();
  #at = 0;

  constructor(source: string) {
    if (source.includes('\t')) throw new Error('a tab');
    this.#lines = source
      .split('\n')
      .map((line) => ({ indent: line.length - line.trimStart().length, text: line.trim() }))
      .filter(({ text }) => text !== '' && !text.startsWith('#'));
  }

  document(): Yaml {
    const value = this.#block(0);
    if (this.#next() !== undefined) throw new Error(`out of place: ${this.#next()?.text}`);
    return value;
  }

  #next(): Line | undefined {
    return this.#lines[this.#at];
  }

  #block(indent: number): Yaml {
    return this.#next()?.text.startsWith('- ') ? this.#list(indent) : this.#map(indent);
  }

  #list(indent: number): Yaml {
    const items: Yaml[] = [];
    for (let line = this.#next(); line?.indent === indent; line = this.#next()) {
      if (!line.text.startsWith('- ')) throw new Error(`no item: ${line.text}`);
      this.#at += 1;
      items.push(this.#value(line.text.slice(2), indent));
    }
    return items;
  }

  #map(indent: number): Yaml {
    const merged: Record<string, Yaml> = {};
    const own: Record<string, Yaml> = {};
    for (let line = this.#next(); line?.indent === indent; line = this.#next()) {
      const [, key, rest = ''] = KEY.exec(line.text) ?? [];
      if (key === undefined) throw new Error(`neither key nor item: ${line.text}`);
      if (Object.hasOwn(own, key)) throw new Error(`the key ${key} twice`);
      this.#at += 1;
      const value = this.#value(rest, indent);
      if (key !== '<<') own[key] = value;
      else if (typeof value === 'object' && !Array.isArray(value)) Object.assign(merged, value);
      else throw new Error('only maps are merged');
    }
    return { ...merged, ...own };
  }

  #value(text: string, indent: number): Yaml {
    const [, anchor, rest = ''] = /^&([a-z-]+)(?: (.*))?$/.exec(text) ?? [];
    if (anchor !== undefined) {
      const value = this.#value(rest, indent);
      this.#anchors.set(anchor, value);
      return value;
    }
    if (text === '|') return this.#literal(indent);
    if (text !== '') return this.#inline(text);
    const next = this.#next();
    if (next === undefined || next.indent <= indent) throw new Error('a key without a value');
    return this.#block(next.indent);
  }

  #literal(indent: number): Yaml {
    const lines: string[] = [];
    for (let line = this.#next(); line !== undefined && line.indent > indent; line = this.#next()) {
      lines.push(line.text);
      this.#at += 1;
    }
    return lines.join('\n');
  }

  #inline(text: string): Yaml {
    if (text.startsWith('*')) {
      const known = this.#anchors.get(text.slice(1));
      if (known === undefined) throw new Error(`no anchor ${text}`);
      return known;
    }
    const flow = /^\[(.*)\]$/.exec(text)?.[1];
    if (flow !== undefined) return parts(flow).map((part) => this.#inline(part));
    const pairs = /^\{(.*)\}$/.exec(text)?.[1];
    if (pairs === undefined) return scalar(text);
    const entries = parts(pairs).map((part) => {
      const [, key = '', value = ''] = /^([a-z_0-9-]+): (.+)$/.exec(part) ?? [];
      if (key === '') throw new Error(`no pair: ${part}`);
      return [key, this.#inline(value)] as const;
    });
    return Object.fromEntries(entries);
  }
}

/** At commas outside of quotes. */
function parts(text: string): string[] {
  const found = text.match(/(?:"[^"]*"|'[^']*'|[^,"'[\]{}])+/g) ?? [];
  if (found.join(',') !== text) throw new Error(`a list this reader does not know: ${text}`);
  return found.map((part) => part.trim());
}

function scalar(text: string): string {
  const quoted = /^"([^"\\]*)"$|^'([^']*)'$/.exec(text);
  if (quoted !== null) return quoted[1] ?? quoted[2] ?? '';
  if (/^["'@`%!&*|>[\]{}]|: |:$| #/.test(text)) throw new Error(`text that needs quotes: ${text}`);
  if (/^(true|false|yes|no|on|off|null|~|[0-9][0-9.]*)$/i.test(text)) {
    throw new Error(`quote ${text}: it would be no text`);
  }
  return text;
}
