// How quick and how heavy the pages are: `cargo xtask bench --pages SERVERS` runs it against a
// register of its own. DOMESDAY names the register. Prints a row of the benchmarks' table for each
// figure: what, ours, floor, ratio, goal.

import { chromium } from 'playwright-core';

const base = process.env.DOMESDAY;
const ROUNDS = 9;

/** Pages, what they may weigh on a first visit, in kilobytes. */
const PAGES = {
  '/': 230,
  '/servers/': 150,
  '/servers/?state=active&ordering=-ip': 150,
  '/servers/5/': 150,
  '/servers/5/edit/': 150,
  '/servers/add/': 150,
  '/servers/import/': 150,
  '/-/change-requests/': 150,
  '/-/history/': 150,
  '/-/search/?q=web10': 150,
  '/-/audit/': 150,
  '/-/users/': 150,
  '/-/system/': 150,
  '/account/': 150,
};

const row = (what, ours, goal) => console.log(`| ${what} | ${ours} | | | ${goal} |`);
const median = (figures) => figures.toSorted((one, two) => one - two)[Math.floor(figures.length / 2)];

async function signIn(page, name) {
  await page.goto(`${base}/login/`);
  await page.getByLabel('User').fill(name);
  await page.getByLabel('Password').fill(`password of ${name}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(`${base}/`);
}

/** From the request to the whole page, made anew each time; the middle of some. */
async function answers(page) {
  const cookies = await page.context().cookies();
  const cookie = cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
  for (const path of Object.keys(PAGES)) {
    const took = [];
    for (let round = 0; round < ROUNDS; round += 1) {
      const began = performance.now();
      const answer = await fetch(`${base}${path}`, { headers: { cookie, accept: 'text/html' } });
      await answer.text();
      took.push(performance.now() - began);
    }
    row(`\`${path}\`, the page`, `${median(took).toFixed(1)} ms`, '50 ms');
  }
}

/** What comes over the wire for a page, with what it loads. */
async function weight(page, path) {
  const wire = await page.context().newCDPSession(page);
  let bytes = 0;
  await wire.send('Network.enable');
  wire.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(`${base}${path}`);
  await page.waitForLoadState('networkidle');
  await wire.detach();
  return bytes / 1_000;
}

async function weights(browser, state) {
  for (const [path, most] of Object.entries(PAGES)) {
    const context = await browser.newContext({ storageState: state });
    const page = await context.newPage();
    const first = await weight(page, path);
    const again = await weight(page, path);
    row(`\`${path}\`, first visit`, `${first.toFixed(0)} kB`, `${most} kB`);
    row(`\`${path}\`, after`, `${again.toFixed(1)} kB`, '20 kB');
    await context.close();
  }
}

/** From the way to the table until the grid has its rows, with scripts kept by the browser. */
async function firstRows(page) {
  const took = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    await page.goto(`${base}/account/`);
    await page.evaluate(() => sessionStorage.clear());
    await page.goto(`${base}/servers/`, { waitUntil: 'commit' });
    await page.waitForFunction(() => document.querySelector('#grid.ready tbody tr[aria-rowindex]'));
    took.push(await page.evaluate(() => performance.now()));
  }
  row('the first rows of the grid', `${median(took).toFixed(0)} ms`, '300 ms');
}

/** From a pull at the scroll bar until the rows there are seen. */
async function farRows(page) {
  await page.goto(`${base}/servers/`);
  await page.waitForFunction(() => document.querySelector('#grid.ready tbody tr[aria-rowindex]'));
  const count = await page.evaluate(() => Number(document.querySelector('#grid table').ariaRowCount) - 2);
  const took = [];
  for (const share of [0.9, 0.2, 0.901, 0.3, 0.899, 0.1, 0.9]) {
    const place = Math.floor(count * share);
    took.push(
      await page.evaluate(async (share) => {
        const frame = document.querySelector('#grid .frame');
        const rows = () => [...document.querySelectorAll('#grid tbody tr[aria-rowindex]')];
        const seen = () => {
          const { top, bottom } = frame.getBoundingClientRect();
          return rows().some((row) => {
            const box = row.getBoundingClientRect();
            return box.top >= top && box.bottom <= bottom && row.cells.length > 2;
          });
        };
        const before = rows()[0]?.ariaRowIndex;
        const began = performance.now();
        frame.scrollTop = (frame.scrollHeight - frame.clientHeight) * share;
        for (;;) {
          await new Promise(requestAnimationFrame);
          if (rows()[0]?.ariaRowIndex !== before && seen()) return performance.now() - began;
        }
      }, share),
    );
    const index = await page.evaluate(() => Number(document.querySelector('#grid tbody tr[aria-rowindex]').getAttribute('aria-rowindex')));
    if (Math.abs(index - place) > count / 50) throw new Error(`row ${index} is seen, and not ${place}`);
  }
  row(`rows about row ${Math.floor(count * 0.9).toLocaleString('en')} of ${count.toLocaleString('en')}, scrolled to`, `${median(took).toFixed(0)} ms`, '300 ms');
}

/** From the last key in the search over everything to what it finds, as pages ask for it. */
async function search(page) {
  const took = [];
  for (const text of ['web10', 'db2', '10.64.', 'cache', 'ms-be']) {
    const began = performance.now();
    await page.goto(`${base}/-/search/?q=${encodeURIComponent(text)}`, { waitUntil: 'domcontentloaded' });
    took.push(performance.now() - began);
  }
  row('a search over everything', `${median(took).toFixed(0)} ms`, '');
}

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--headless', '--no-sandbox', '--disable-gpu'],
});
const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
const page = await context.newPage();
await signIn(page, 'ada');
const state = await context.storageState();
await answers(page);
await weights(browser, state);
await firstRows(page);
await farRows(page);
await search(page);
await browser.close();
