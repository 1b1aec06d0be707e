// What pages weigh on the wire, and that nothing in them moves once it is seen.

import { signIn } from '../lib/person.js';
import { test, expect } from '../lib/site.js';

/** Pages, and the most kilobytes of a first visit: those with plots may have more. */
const PAGES = {
  '/': 230,
  '/servers/': 150,
  '/servers/?ordering=-ip': 150,
  '/servers/5/': 150,
  '/servers/5/edit/': 150,
  '/servers/add/': 150,
  '/servers/import/': 150,
  '/-/change-requests/': 150,
  '/-/history/': 150,
  '/-/search/?q=web': 150,
  '/-/users/': 150,
  '/-/system/': 150,
  '/account/': 150,
};
/** The most kilobytes of a page whose scripts and styles the browser has. */
const AFTER = 20;

/** How much slower than this machine the reader's is: what is quick enough elsewhere moves there. */
const SLOWER = 4;
/** The most that may move, in Chromium's measure: a footer that comes into view. */
const SHIFT_MOST = 0.01;

/** Kilobytes that come over the wire until a page rests. */
async function weight(page, path) {
  const wire = await page.context().newCDPSession(page);
  let bytes = 0;
  wire.on('Network.loadingFinished', ({ encodedDataLength }) => {
    bytes += encodedDataLength;
  });
  await wire.send('Network.enable');
  await page.goto(path);
  await page.waitForLoadState('networkidle');
  await wire.detach();
  return bytes / 1_000;
}

test('every page is light, at first and after', async ({ browser, baseURL }) => {
  test.setTimeout(240_000);
  const desk = await browser.newContext({ baseURL });
  await signIn(await desk.newPage(), 'ada');
  const storageState = await desk.storageState();
  for (const [path, most] of Object.entries(PAGES)) {
    const context = await browser.newContext({ baseURL, storageState });
    const page = await context.newPage();
    expect(await weight(page, path), `kB of a first visit to ${path}`).toBeLessThan(most);
    expect(await weight(page, path), `kB of ${path} after`).toBeLessThan(AFTER);
    await context.close();
  }
});

for (const width of [1440, 390]) {
  test(`nothing moves once it is seen, ${width} wide`, async ({ page }) => {
    test.setTimeout(120_000);
    await page.setViewportSize({ width, height: 900 });
    await signIn(page, 'ada');
    const browser = await page.context().newCDPSession(page);
    await browser.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    for (const path of Object.keys(PAGES)) {
      await page.goto(path);
      await page.waitForLoadState('networkidle');
      const shifts = await page.evaluate(
        () =>
          new Promise((resolve) => {
            const observer = new PerformanceObserver((list) => resolve(list.getEntries().map((entry) => ({
              value: entry.value,
              moved: entry.sources.map(({ node }) => node?.outerHTML?.slice(0, 80)),
            }))));
            observer.observe({ type: 'layout-shift', buffered: true });
            setTimeout(() => resolve([]), 300);
          }),
      );
      const total = shifts.reduce((sum, { value }) => sum + value, 0);
      expect(total, `${path}: ${JSON.stringify(shifts)}`).toBeLessThan(SHIFT_MOST);
    }
  });
}
