// What a grid shows: search, conditions, order, columns, place. All of it stands in the address of
// the page, in the words of the API, so that a link shows a colleague the same.

import { later } from '../shared/dom';
import type { Column } from './columns';
import { isSame, type Condition } from './conditions';

export interface Shown {
  search: string;
  conditions: Condition[];
  /** `-state`, `name`: as the API takes it. */
  ordering: string[];
  /** Names of the columns that are shown, in their order. */
  columns: string[];
  /** The row at the top, from 0. */
  row: number;
}

type Listener = (changed: Set<keyof Shown>) => void;

/** replaceState is refused by some browsers when it is called too often. */
const WRITE_AFTER_MS = 250;
/** Where one is; `row` is what racks have. */
const TOP_ROW = 'top_row';

export class View {
  readonly shown: Shown;
  private readonly listeners: Listener[] = [];
  private readonly standard: string[];
  private readonly writeSoon = later(() => this.write(), WRITE_AFTER_MS);

  constructor(
    columns: Column[],
    /** Where everything is shown, if something else opens by itself. */
    private readonly all = '',
  ) {
    this.standard = columns.filter(({ isShown }) => isShown).map(({ name }) => name);
    this.shown = read(location.search, columns, this.standard);
  }

  onChange(listener: Listener): void {
    this.listeners.push(listener);
  }

  /** Changes what is shown, and tells those who listen if it is another. */
  change(patch: Partial<Shown>): void {
    const changed = new Set<keyof Shown>();
    for (const key of Object.keys(patch) as (keyof Shown)[]) {
      if (JSON.stringify(this.shown[key]) !== JSON.stringify(patch[key])) changed.add(key);
    }
    if (changed.size === 0) return;
    Object.assign(this.shown, patch);
    this.writeSoon();
    for (const listener of this.listeners) listener(changed);
  }

  /** Sets a condition in place of another, or behind the others. */
  replaceCondition(before: Condition | null, after: Condition | null): void {
    this.change({ conditions: this.conditionsWith(before, after) });
  }

  /** The conditions as they would be with one in place of another, each of them once. */
  conditionsWith(before: Condition | null, after: Condition | null): Condition[] {
    const { conditions } = this.shown;
    const place = before ? conditions.findIndex((one) => isSame(one, before)) : -1;
    const isOther = (one: Condition): boolean => !(before && isSame(one, before)) && !(after && isSame(one, after));
    const [ahead, behind] = place < 0 ? [conditions, []] : [conditions.slice(0, place), conditions.slice(place + 1)];
    return [...ahead.filter(isOther), ...(after ? [after] : []), ...behind.filter(isOther)];
  }

  /** What is shown and not where one is, as in an address: what a saved view keeps. */
  get query(): string {
    const { search, conditions, ordering, columns } = this.shown;
    const parts: Condition[] = [...conditions];
    if (search !== '') parts.unshift(['search', search]);
    if (ordering.length > 0) parts.push(['ordering', ordering.join(',')]);
    if (columns.join() !== this.standard.join()) parts.push(['columns', columns.join(',')]);
    return parts.map(([name, value]) => `${readable(name)}=${readable(value)}`).join('&');
  }

  private write(): void {
    const parts = [this.query, ...(this.shown.row > 0 ? [`${TOP_ROW}=${this.shown.row + 1}`] : [])];
    const query = parts.filter((part) => part !== '').join('&');
    const address = query === '' ? this.all || location.pathname : `${location.pathname}?${query}`;
    history.replaceState(history.state, '', `${address}${location.hash}`);
  }
}

function read(query: string, columns: Column[], standard: string[]): Shown {
  const shown: Shown = { search: '', conditions: [], ordering: [], columns: standard, row: 0 };
  for (const [name, value] of new URLSearchParams(query)) {
    if (name === 'search') shown.search = value;
    else if (name === 'ordering') shown.ordering = words(value);
    else if (name === 'columns') shown.columns = known(words(value), columns);
    else if (name === TOP_ROW) shown.row = Math.max(0, (Number.parseInt(value, 10) || 1) - 1);
    else if (!OF_THE_PAGE.has(name) && value !== '') shown.conditions.push([name, value]);
  }
  return shown;
}

/** Parameters by which a page without script walks through a list; a grid scrolls. */
const OF_THE_PAGE = new Set(['view', 'limit', 'offset', 'cursor', 'fields', 'exclude', 'format', 'count']);

/** Names of columns that there are; the first is always among them. */
function known(names: string[], columns: Column[]): string[] {
  const kept = names.filter((name) => columns.some((column) => column.name === name));
  const key = columns[0]?.name ?? '';
  return kept.includes(key) ? kept : [key, ...kept];
}

function words(text: string): string[] {
  return [...new Set(text.split(',').filter((word) => word !== ''))];
}

/** Percent-encoded as little as an address allows, so that people can read it. */
function readable(text: string): string {
  return encodeURIComponent(text).replace(/%2C/g, ',').replace(/%3A/g, ':').replace(/%2F/g, '/').replace(/%20/g, '+');
}
