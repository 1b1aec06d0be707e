// What is typed into a filter and what the API is asked, both ways; see docs/rest.md, "Filters".
// A filter understands `=text` (exactly), `!text` (all but), `>5`, `<=5`, `5..10`, `10.0.0.0/8`.

import { isAddress, isMoment, isNumber, isReference, type Column } from './columns';

/** A parameter of the API and its value: `['name__icontains', 'db']`. */
export type Condition = readonly [parameter: string, value: string];

/** Whether two conditions say the same. */
export function isSame(one: Condition, other: Condition): boolean {
  return one[0] === other[0] && one[1] === other[1];
}

const COMPARISONS: Record<string, string> = { '>=': 'gte', '<=': 'lte', '>': 'gt', '<': 'lt' };

/** What the API is asked when this is typed into the filter of the column; null for nothing. */
export function conditionOf(column: Column, typed: string): Condition | null {
  const text = typed.trim();
  if (text === '') return null;
  if (column.kind === 'choice' || column.kind === 'boolean' || isReference(column)) return [column.name, text];
  const isExcluding = text.startsWith('!') && text.length > 1;
  const { lookup, value } = lookupOf(column, isExcluding ? text.slice(1).trim() : text);
  if (value === '') return null;
  return [`${column.name}${lookup === '' ? '' : `__${lookup}`}${isExcluding ? '!' : ''}`, value];
}

function lookupOf(column: Column, text: string): { lookup: string; value: string } {
  if (isNumber(column) || isMoment(column)) return comparisonOf(column, text);
  if (isAddress(column) && /^[0-9a-f.:]+\/\d{1,3}(,|$)/i.test(text)) return { lookup: 'net', value: text };
  if (text.startsWith('=')) return { lookup: isAddress(column) ? '' : 'iexact', value: text.slice(1) };
  return { lookup: 'icontains', value: text };
}

function comparisonOf(column: Column, text: string): { lookup: string; value: string } {
  // A moment is asked for by its day.
  const day = column.kind === 'datetime' ? 'date' : '';
  const join = (lookup: string): string => [day, lookup].filter((part) => part !== '').join('__');
  const range = /^(.+?)\s*\.\.\s*(.+)$/.exec(text);
  if (range) return { lookup: join('range'), value: `${range[1]},${range[2]}` };
  const sign = /^(>=|<=|>|<)\s*(.*)$/.exec(text);
  if (sign) return { lookup: join(COMPARISONS[sign[1] ?? ''] ?? ''), value: sign[2] ?? '' };
  return { lookup: day, value: text.replace(/^=/, '') };
}

/** What stands in the filter of a column for this condition, or null if no filter can say it. */
export function typedFor(column: Column, [parameter, value]: Condition): string | null {
  const isExcluding = parameter.endsWith('!');
  const bare = isExcluding ? parameter.slice(0, -1) : parameter;
  if (bare !== column.name && !bare.startsWith(`${column.name}__`)) return null;
  const lookup = bare.slice(column.name.length + 2);
  const text = textFor(column, lookup, value);
  if (text === null) return null;
  const typed = isExcluding ? `!${text}` : text;
  // Only what gives the same condition again is shown in a filter.
  const again = conditionOf(column, typed);
  return again && again[0] === parameter && again[1] === value ? typed : null;
}

function textFor(column: Column, lookup: string, value: string): string | null {
  const last = column.kind === 'datetime' ? lookup.replace(/^date(__|$)/, '') : lookup;
  switch (last) {
    case 'icontains':
    case 'net':
      return value;
    case 'iexact':
      return `=${value}`;
    case '':
      return isAddress(column) ? `=${value}` : value;
    case 'range':
      return value.replace(',', '..');
    default: {
      const sign = Object.entries(COMPARISONS).find(([, name]) => name === last)?.[0];
      return sign === undefined ? null : `${sign}${value}`;
    }
  }
}

/** A condition in words, for those that no filter shows. */
export function toldCondition([parameter, value]: Condition): string {
  const isExcluding = parameter.endsWith('!');
  const bare = isExcluding ? parameter.slice(0, -1) : parameter;
  return `${bare.replaceAll('__', ' ').replaceAll('_', ' ')} ${isExcluding ? '≠' : '='} ${value}`;
}
