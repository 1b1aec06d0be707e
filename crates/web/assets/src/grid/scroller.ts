// DataTables with its Scroller and ColReorder. Scroller finds the height of a row by laying out a
// copy of the table, several times before the first row is seen; here the style says it, and all
// rows have it.

import DataTable from 'datatables.net';
import 'datatables.net-colreorder';
import 'datatables.net-scroller';

interface ScrollerInside {
  s: { heights: { row: number } };
}

const { prototype } = (DataTable as unknown as { Scroller: { prototype: { _calcRowHeight: (this: ScrollerInside) => void } } }).Scroller;
prototype._calcRowHeight = function calculate(): void {
  this.s.heights.row = rowHeight();
};

/** The height of each row in pixels: `--row-height`, which is in rem. */
export function rowHeight(): number {
  const style = getComputedStyle(document.documentElement);
  return Number.parseFloat(style.getPropertyValue('--row-height')) * Number.parseFloat(style.fontSize);
}

export default DataTable;
