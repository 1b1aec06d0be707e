// What stands in a cell. Always made of text nodes, whatever the record holds; links lead to pages
// of ours, or where an address of http or https says.

import { inZone, showTime } from '../app/times';
import { make, openly, safeAddress } from '../shared/dom';
import type { Column, Row } from './columns';

interface Reference {
  id: number;
  name: string;
}

/** A node for the cell, or an empty text. */
export function cellOf(column: Column, row: Row, page: string): Node | string {
  const value = row[column.name];
  if (column.isKey) return make('a', { class: 'key', href: `${page}${row.id}/` }, make('bdi', {}, openly(textOf(column, value)) || `#${row.id}`));
  if (value === null || value === undefined) return '';
  switch (column.kind) {
    case 'ref':
      return referenceLink(column, value, 'ref');
    case 'refs':
      return make('span', { class: 'chips' }, ...listOf(value).map((one) => referenceLink(column, one, 'chip')));
    case 'choice':
      return make('span', { class: 'state', 'data-state': String(value) }, openly(String(value)));
    case 'datetime': {
      const time = make('time', { datetime: String(value) }, String(value));
      showTime(time);
      return time;
    }
    case 'url': {
      const address = safeAddress(String(value));
      if (address) return make('a', { class: 'ref', href: address, rel: 'noopener noreferrer' }, make('bdi', {}, openly(String(value))));
      return plain(String(value));
    }
    case 'ip':
    case 'network':
    case 'mac':
      return make('bdi', { class: 'mono' }, openly(String(value)));
    default:
      return plain(textOf(column, value));
  }
}

/** The cell as text: to copy, to print, to measure. */
export function textOf(column: Column, value: unknown): string {
  if (value === null || value === undefined) return '';
  if (column.kind === 'ref') return nameOf(value);
  if (column.kind === 'refs') return listOf(value).map(nameOf).join(', ');
  if (column.kind === 'boolean') return value === true ? 'yes' : 'no';
  if (column.kind === 'datetime') {
    const moment = new Date(String(value));
    return Number.isNaN(moment.getTime()) ? String(value) : inZone(moment);
  }
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function plain(text: string): HTMLElement {
  return make('bdi', {}, openly(text));
}

function referenceLink(column: Column, value: unknown, style: string): Node {
  const name = make('bdi', {}, openly(nameOf(value)));
  const id = (value as Partial<Reference> | null)?.id;
  if (!Number.isSafeInteger(id) || column.of === null) return make('span', { class: style }, name);
  return make('a', { class: style, href: `/${column.of}/${id}/` }, name);
}

/** The key of what is referred to: every member but id and url. */
function nameOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value);
  const { id, url, ...key } = value as Record<string, unknown>;
  void url;
  const parts = Object.values(key).filter((part) => part !== null && typeof part !== 'object');
  return parts.length > 0 ? parts.join(' ') : `#${String(id)}`;
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [value];
}
