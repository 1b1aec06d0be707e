// What a plot shows: the rows of the server's table, by label, number, and where a click leads.

export interface Point {
  label: string;
  count: number;
  href: string | null;
}

/** Each row: a label, which may be a link, and a number in the last cell. */
export function readPoints(table: HTMLTableElement): Point[] {
  const lines = [...table.tBodies].flatMap((body) => [...body.rows]);
  return lines.flatMap((line) => {
    const first = line.cells[0];
    const last = line.cells[line.cells.length - 1];
    const count = Number((last?.textContent ?? '').replace(/[^\d.-]/g, ''));
    if (!first || !last || Number.isNaN(count)) return [];
    const link = line.querySelector<HTMLAnchorElement>('a[href]');
    // Only within this site: a plot has no place to say where else it leads.
    const href = link && link.origin === location.origin ? link.href : null;
    return [{ label: (first.textContent ?? '').trim(), count, href }];
  });
}
