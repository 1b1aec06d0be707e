// The tour: it begins by itself at somebody's first visit, goes by keyboard, comes once, and can be
// taken again; in both themes, on a desk and on a phone.

import AxeBuilder from '@axe-core/playwright';

import { desk, enter, newcomer, signIn } from '../lib/person.js';
import { test, expect } from '../lib/site.js';

/** Somebody new, signed in with a browser of their own. */
async function somebodyNew(browser, baseURL, options) {
  const administrator = await desk(browser, { baseURL });
  await signIn(administrator, 'ada');
  const name = await newcomer(administrator, 'nora');
  await administrator.close();
  const page = await desk(browser, { baseURL, ...options });
  await enter(page, name);
  return page;
}

/** Where a tour stands: `2 of 7`. */
async function steps(page) {
  const told = await page.locator('.driver-popover-progress-text').textContent();
  const [at, of] = told.split(' of ').map(Number);
  return { at, of };
}

/** Presses a key once a frame was drawn: before, the library is deaf to arrows. */
async function press(page, key) {
  await page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))));
  await page.keyboard.press(key);
}

/** Whether the tour is over whatever the browser asks for next. */
async function doesNotBegin(page, path) {
  await page.goto(path);
  await page.waitForLoadState('networkidle');
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

test('it goes by keyboard to its end, comes no more, and is taken again from the menu', async ({ browser, baseURL }) => {
  const page = await somebodyNew(browser, baseURL);
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  await expect(dialog).toContainText('Welcome to Domesday');
  const { at, of } = await steps(page);
  expect(at).toBe(1);
  expect(of).toBeGreaterThan(5);
  // There and back, by Enter on the button that has the focus and by arrows.
  await expect(page.getByRole('button', { name: 'Next' })).toBeFocused();
  await page.keyboard.press('Enter');
  await expect.poll(() => steps(page)).toEqual({ at: 2, of });
  await press(page, 'ArrowLeft');
  await expect.poll(() => steps(page)).toEqual({ at: 1, of });
  await expect(page.getByRole('button', { name: 'Next' })).toBeFocused();
  for (let step = 2; step <= of; step += 1) {
    await press(page, step % 2 ? 'ArrowRight' : 'Enter');
    await expect.poll(() => steps(page)).toEqual({ at: step, of });
    const last = page.getByRole('button', { name: step < of ? 'Next' : 'Done' });
    await expect(last).toBeFocused();
  }
  const kept = page.waitForResponse((answer) => answer.request().method() === 'PATCH');
  await page.keyboard.press('Enter');
  expect((await kept).status()).toBe(200);
  await expect(dialog).toHaveCount(0);
  await doesNotBegin(page, '/');
  await doesNotBegin(page, '/servers/');

  // Again, on the table, which has other parts; by keyboard alone.
  const menu = page.locator('details.me:not(.when) summary');
  await menu.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Tour' }).focus();
  await page.keyboard.press('Enter');
  await expect(dialog).toBeVisible();
  const texts = [];
  for (let step = 1, all = (await steps(page)).of; step <= all; step += 1) {
    await expect.poll(() => steps(page)).toEqual({ at: step, of: all });
    texts.push(await page.locator('.driver-popover-title').textContent());
    await press(page, 'ArrowRight');
  }
  expect(texts).toContain('Filter by column');
  await expect(dialog).toHaveCount(0);
  await expect(menu).toBeFocused();
});

test('Escape ends it for good', async ({ browser, baseURL }) => {
  const page = await somebodyNew(browser, baseURL);
  await expect(page.getByRole('dialog')).toBeVisible();
  const kept = page.waitForResponse((answer) => answer.request().method() === 'PATCH');
  await page.keyboard.press('Escape');
  expect((await kept).status()).toBe(200);
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await doesNotBegin(page, '/');
});

test('who came for something is not held up', async ({ browser, baseURL }) => {
  const administrator = await desk(browser, { baseURL });
  await signIn(administrator, 'ada');
  const name = await newcomer(administrator, 'nils');
  const page = await desk(browser, { baseURL });
  await enter(page, name, '/servers/5/');
  await page.waitForLoadState('networkidle');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.goto('/');
  await expect(page.getByRole('dialog')).toContainText('Welcome to Domesday');
});

for (const [width, colorScheme] of [[1440, 'light'], [390, 'dark']]) {
  test(`each step fits, and axe finds nothing, ${width} wide, ${colorScheme}`, async ({ browser, baseURL }, testInfo) => {
    test.setTimeout(180_000);
    const page = await somebodyNew(browser, baseURL, {
      viewport: { width, height: 844 }, colorScheme, reducedMotion: 'reduce',
    });
    for (const path of ['/', '/servers/']) {
      if (path !== '/') {
        await page.goto(path);
        await page.waitForLoadState('networkidle');
        await page.locator('details.me:not(.when) summary').click();
        await page.getByRole('button', { name: 'Tour' }).click();
      }
      await expect(page.getByRole('dialog')).toBeVisible();
      const { of } = await steps(page);
      for (let step = 1; step <= of; step += 1) {
        await expect.poll(() => steps(page)).toEqual({ at: step, of });
        const title = await page.locator('.driver-popover-title').textContent();
        await page.screenshot({ path: testInfo.outputPath(`tour${path.replaceAll('/', '-')}${step}.png`) });
        const box = await page.locator('.driver-popover').boundingBox();
        expect(box.x, title).toBeGreaterThanOrEqual(0);
        expect(box.x + box.width, title).toBeLessThanOrEqual(width);
        expect(box.y, title).toBeGreaterThanOrEqual(0);
        expect(box.y + box.height, title).toBeLessThanOrEqual(844);
        const { violations } = await new AxeBuilder({ page }).include('.driver-popover').analyze();
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), title).toEqual([]);
        await press(page, 'ArrowRight');
      }
      await expect(page.getByRole('dialog')).toHaveCount(0);
    }
  });
}
