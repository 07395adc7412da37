/** All groups of a gateway, by the stream they read and their name. */
import type { LocalStore } from '../../store/event-store.ts';
import { groupExists, groupMissing } from '../failures.ts';
import { Group } from './group.ts';
import type { GroupKeeper, GroupSettings } from './group-state.ts';

export class Groups {
  readonly #store: LocalStore;
  readonly #keeper: GroupKeeper;
  readonly #groups = new Map<string, Group>();

  constructor(store: LocalStore, keeper: GroupKeeper) {
    this.#store = store;
    this.#keeper = keeper;
    for (const state of keeper.load()) {
      const group = new Group(store, state, () => this.#save());
      this.#groups.set(keyOf(state.source, state.name), group);
    }
  }

  /** `checkpoint`: the position before the first event that the group gives out. */
  create(source: string, name: string, settings: GroupSettings, checkpoint: number): void {
    const key = keyOf(source, name);
    if (this.#groups.has(key)) throw groupExists(source, name);
    const state = { source, name, settings, checkpoint, parked: [] };
    this.#groups.set(key, new Group(this.#store, state, () => this.#save()));
    this.#save();
  }

  /** Throws a Failure where there is none. */
  get(source: string, name: string): Group {
    const group = this.#groups.get(keyOf(source, name));
    if (group === undefined) throw groupMissing(source, name);
    return group;
  }

  delete(source: string, name: string): void {
    const group = this.get(source, name);
    this.#groups.delete(keyOf(source, name));
    group.close();
    this.#save();
  }

  /** Those that read one stream, or all of them. */
  list(source?: string): readonly Group[] {
    return [...this.#groups.values()].filter(
      (group) => source === undefined || group.source === source,
    );
  }

  close(): void {
    this.#save();
    for (const group of this.#groups.values()) group.close();
  }

  #save(): void {
    this.#keeper.save([...this.#groups.values()].map((group) => group.state()));
  }
}

function keyOf(source: string, name: string): string {
  return `${source}\0${name}`;
}
