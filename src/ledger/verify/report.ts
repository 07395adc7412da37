/**
 * What was found, rule by rule. A rule that could not be applied says why and is never counted as
 * kept; broken places come in the order of the record, so that the first one is where to look.
 */

export interface RuleReport {
  readonly rule: string;
  /** How often it was applied, the broken ones among them. */
  readonly checked: number;
  readonly broken: number;
  readonly notCheckable: readonly { readonly why: string; readonly count: number }[];
}

export interface BrokenPlace {
  readonly rule: string;
  readonly where: string;
  readonly detail: string;
}

/** Where in the record something stands; position 0 is the file as a whole. */
export interface Place {
  readonly position: number;
  readonly where: string;
}

export const wholeLedger: Place = { position: 0, where: 'the ledger as a whole' };

/** Only this many broken places are listed (all are counted): a torn file has millions. */
const MAX_LISTED = 1000;

interface Tally {
  checked: number;
  broken: number;
  readonly notCheckable: Map<string, number>;
}

export class Findings {
  readonly #tallies = new Map<string, Tally>();
  #broken: (BrokenPlace & { readonly position: number; readonly nth: number })[] = [];
  #brokenCount = 0;

  /** The rules are listed in this order, those that met nothing too. */
  constructor(rules: Iterable<string>) {
    for (const rule of rules) this.#tallyOf(rule);
  }

  kept(rule: string, count = 1): void {
    this.#tallyOf(rule).checked += count;
  }

  broken(rule: string, { position, where }: Place, detail: string): void {
    const tally = this.#tallyOf(rule);
    tally.checked++;
    tally.broken++;
    this.#broken.push({ rule, where, detail, position, nth: this.#brokenCount++ });
    if (this.#broken.length >= 2 * MAX_LISTED) this.#broken = this.#firstBroken();
  }

  /** Applies a rule whose check gives what is wrong, or undefined. */
  judge(rule: string, place: Place, problem: string | undefined): void {
    if (problem === undefined) this.kept(rule);
    else this.broken(rule, place, problem);
  }

  notCheckable(rule: string, why: string, count = 1): void {
    if (count === 0) return;
    const { notCheckable } = this.#tallyOf(rule);
    notCheckable.set(why, (notCheckable.get(why) ?? 0) + count);
  }

  get isSound(): boolean {
    return this.#brokenCount === 0;
  }

  rules(): readonly RuleReport[] {
    return [...this.#tallies].map(([rule, { checked, broken, notCheckable }]) => {
      const reasons = [...notCheckable].map(([why, count]) => ({ why, count }));
      return { rule, checked, broken, notCheckable: reasons };
    });
  }

  brokenPlaces(): readonly BrokenPlace[] {
    return this.#firstBroken().map(({ rule, where, detail }) => ({ rule, where, detail }));
  }

  #firstBroken() {
    return this.#broken
      .sort((a, b) => a.position - b.position || a.nth - b.nth)
      .slice(0, MAX_LISTED);
  }

  #tallyOf(rule: string): Tally {
    let tally = this.#tallies.get(rule);
    if (tally === undefined) {
      tally = { checked: 0, broken: 0, notCheckable: new Map() };
      this.#tallies.set(rule, tally);
    }
    return tally;
  }
}
