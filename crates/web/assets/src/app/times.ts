// Moments: <time datetime="…Z"> is shown in the zone of the reader, with UTC in the title.
// The zone is html[data-zone], else the browser's.

let formatter: Intl.DateTimeFormat | undefined;
let precise: Intl.DateTimeFormat | undefined;

export function startTimes(): void {
  for (const element of document.querySelectorAll<HTMLTimeElement>('time[datetime]')) showTime(element);
}

/** Writes a moment into its <time>. A day without an hour stays as the server wrote it. */
export function showTime(element: HTMLTimeElement): void {
  if (!element.dateTime.includes('T')) return;
  const moment = new Date(element.dateTime);
  if (Number.isNaN(moment.getTime())) return;
  // What a run says comes within seconds.
  element.textContent = element.closest('.log') ? toTheSecond(moment) : inZone(moment);
  element.title = `${moment.toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}

/** `2026-11-26 10:09 UTC+1`: sortable by eye, and as the server writes it (`Zone::shown`). */
export function inZone(moment: Date): string {
  formatter ??= makeFormatter({});
  const parts = partsOf(formatter, moment);
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute} ${distance(parts.timeZoneName)}`;
}

/** `UTC+1`, and `UTC` where it is none, which some browsers write as `GMT+0`. */
function distance(zone = 'UTC'): string {
  return zone.replace('GMT', 'UTC').replace(/\+0$/, '');
}

/** `2026-11-26 10:09:07`, in the zone of the reader. */
function toTheSecond(moment: Date): string {
  precise ??= makeFormatter({ second: '2-digit' });
  const parts = partsOf(precise, moment);
  return `${parts.year}-${parts.month}-${parts.day} ${parts.hour}:${parts.minute}:${parts.second}`;
}

function partsOf(format: Intl.DateTimeFormat, moment: Date): Record<string, string> {
  return Object.fromEntries(format.formatToParts(moment).map(({ type, value }) => [type, value]));
}

function makeFormatter(more: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const options: Intl.DateTimeFormatOptions = {
    year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZoneName: 'shortOffset', ...more,
  };
  const zone = document.documentElement.dataset.zone;
  try {
    return new Intl.DateTimeFormat('en-GB', zone ? { ...options, timeZone: zone } : options);
  } catch {
    // A zone that this browser does not know.
    return new Intl.DateTimeFormat('en-GB', options);
  }
}
