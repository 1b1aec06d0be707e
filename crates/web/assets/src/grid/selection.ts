// Which rows are chosen: some by their ids, whatever is filtered or scrolled away, or all that the
// conditions match but some. Knows nothing of elements.

export interface Chosen {
  /** All that the conditions match, except `ids`; else just `ids`. */
  isAll: boolean;
  ids: ReadonlySet<number>;
}

export class Selection {
  private isAll = false;
  private readonly ids = new Set<number>();
  private readonly listeners: (() => void)[] = [];

  get chosen(): Chosen {
    return { isAll: this.isAll, ids: this.ids };
  }

  onChange(listener: () => void): void {
    this.listeners.push(listener);
  }

  has(id: number): boolean {
    return this.ids.has(id) !== this.isAll;
  }

  /** How many are chosen of `filtered` that match. */
  count(filtered: number): number {
    return this.isAll ? Math.max(0, filtered - this.ids.size) : this.ids.size;
  }

  set(ids: number[], isChosen: boolean): void {
    for (const id of ids) {
      if (isChosen === this.isAll) this.ids.delete(id);
      else this.ids.add(id);
    }
    this.tell();
  }

  all(): void {
    this.isAll = true;
    this.ids.clear();
    this.tell();
  }

  clear(): void {
    if (!this.isAll && this.ids.size === 0) return;
    this.isAll = false;
    this.ids.clear();
    this.tell();
  }

  /** Other conditions match other rows: "all" of them was never said. */
  conditionsChanged(): void {
    if (this.isAll) this.clear();
  }

  private tell(): void {
    for (const listener of this.listeners) listener();
  }
}
