// One plot: lying bars for values, standing ones for days. Only the parts of Chart.js that these
// need are registered; colours are the style's own properties.

import { BarController, BarElement, CategoryScale, Chart, LinearScale, Tooltip, type ChartConfiguration } from 'chart.js';
import type { Point } from './points';

Chart.register(BarController, BarElement, CategoryScale, LinearScale, Tooltip);

const LABEL_MAX = 22;

export function draw(canvas: HTMLCanvasElement, kind: 'bars' | 'days', points: Point[]): Chart {
  return new Chart(canvas, configuration(kind, points));
}

function configuration(kind: 'bars' | 'days', points: Point[]): ChartConfiguration<'bar'> {
  const isLying = kind === 'bars';
  const ink = colour('--text-soft');
  const ticks = { color: ink, font: { family: getComputedStyle(document.body).fontFamily, size: 12 } };
  const numbers = { beginAtZero: true, grid: { color: colour('--line') }, border: { display: false }, ticks: { ...ticks, precision: 0, maxTicksLimit: 6 } };
  const labels = {
    grid: { display: false },
    border: { color: colour('--line') },
    ticks: isLying ? { ...ticks, color: colour('--text'), autoSkip: false, callback: (_: unknown, index: number) => shortened(points[index]?.label ?? '') } : { ...ticks, maxRotation: 0, maxTicksLimit: 8 },
  };
  return {
    type: 'bar',
    data: {
      labels: points.map(({ label }) => label),
      // A day without any has no bar, where the shortest would look like one of few.
      datasets: [{ data: points.map(({ count }) => count || null), backgroundColor: colour('--plot'), hoverBackgroundColor: colour('--plot-strong'), borderRadius: 3, maxBarThickness: 18, minBarLength: 2 }],
    },
    options: {
      indexAxis: isLying ? 'y' : 'x',
      animation: false,
      responsive: true,
      maintainAspectRatio: false,
      interaction: { mode: 'index', axis: isLying ? 'y' : 'x', intersect: false },
      scales: isLying ? { x: numbers, y: labels } : { x: labels, y: numbers },
      plugins: { tooltip: { displayColors: false, callbacks: { label: ({ raw }) => Number(raw).toLocaleString('en') } } },
      onHover: (event, active) => {
        const isLink = points[active[0]?.index ?? -1]?.href != null;
        if (event.native?.target instanceof HTMLElement) event.native.target.style.cursor = isLink ? 'pointer' : '';
      },
      onClick: (_, active) => {
        const href = points[active[0]?.index ?? -1]?.href;
        if (href) location.assign(href);
      },
    },
  };
}

function shortened(label: string): string {
  return label.length > LABEL_MAX ? `${label.slice(0, LABEL_MAX - 1)}…` : label;
}

/** A colour of the style as the browser resolves it; light-dark() means nothing to a canvas. */
function colour(property: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${property})`;
  document.body.append(probe);
  const resolved = getComputedStyle(probe).color;
  probe.remove();
  return resolved;
}
