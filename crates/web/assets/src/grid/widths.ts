// How wide columns are: as the server began, so that nothing moves when the script takes over; then
// by the text of the rows that come first, within bounds. What is left of the frame is shared out,
// and what is a little too much is taken from the widest. Fixed, so that nothing moves while other
// rows come by.

import { textOf } from './cells';
import type { Column, Row } from './columns';

export const PICK_WIDTH = 40;
const WIDTH_MIN = 84;
const WIDTH_MAX = 300;
/** Narrower than this, a column is not made to avoid scrolling sideways. */
const SQUEEZED_MIN = 120;
/** Padding of a cell to both sides, and what a chip or a state has around its text. */
const PADDING = 28;
const AROUND_CHIP = 21;
const AROUND_STATE = 34;
const SORT_SIGN = 22;
/** As many rows as tell how wide the others are. */
const ROWS_MEASURED = 60;
/** The size of text that the server goes by, in pixels. */
const USUAL_REM = 16;

let brush: CanvasRenderingContext2D | null | undefined;

/** What the server began with, for the size of text that this reader has, in pixels. */
export function begunWidth(column: Column): number {
  const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize);
  return column.width === 0 ? WIDTH_MIN : Math.round((column.width * rem) / USUAL_REM);
}

/** The width that rows would like the column to have, in pixels. */
export function wantedWidth(column: Column, rows: Row[], font: string): number {
  if (brush === undefined) brush = document.createElement('canvas').getContext('2d');
  if (!brush) return 160;
  brush.font = font;
  let widest = brush.measureText(column.title).width * 1.06 + SORT_SIGN;
  for (const row of rows.slice(0, ROWS_MEASURED)) {
    const value = row[column.name];
    const text = brush.measureText(textOf(column, value)).width;
    widest = Math.max(widest, text * scaleOf(column) + around(column, value));
  }
  return Math.round(Math.min(WIDTH_MAX, Math.max(WIDTH_MIN, widest + PADDING)));
}

/** The key is bolder, addresses are in the wider font of code, chips are smaller. */
function scaleOf(column: Column): number {
  if (column.isKey || column.kind === 'ip' || column.kind === 'network') return 1.12;
  return column.kind === 'refs' || column.kind === 'choice' ? 0.88 : 1;
}

function around(column: Column, value: unknown): number {
  if (column.kind === 'choice') return AROUND_STATE;
  return column.kind === 'refs' && Array.isArray(value) ? value.length * AROUND_CHIP : 0;
}

/** Fits what columns want to the frame, if little is missing; else it scrolls sideways. */
export function sharedWidths(wanted: number[], frame: number): number[] {
  const sum = wanted.reduce((total, width) => total + width, 0);
  const left = frame - PICK_WIDTH - sum;
  if (left >= 0) return wanted.map((width) => width + Math.floor((left * width) / Math.max(1, sum)));
  const spare = wanted.map((width) => Math.max(0, width - SQUEEZED_MIN));
  const spared = spare.reduce((total, width) => total + width, 0);
  // More than half of it, and texts would be cut everywhere.
  if (-left > spared / 2) return wanted;
  return wanted.map((width, index) => width - Math.ceil((-left * (spare[index] ?? 0)) / spared));
}
