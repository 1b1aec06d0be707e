// What did not work, as a person meets it: the page says so, keeps the way on, and reads well. Browsers
// write every 4xx into their console, so that this is no test that minds it.

import AxeBuilder from '@axe-core/playwright';
import { test, expect } from '@playwright/test';

import { desk, newcomer, signIn } from '../lib/person.js';

for (const [width, colorScheme] of [[1440, 'dark'], [390, 'light']]) {
  test(`what is not there or not for somebody, ${width} wide, ${colorScheme}`, async ({ browser, baseURL }, testInfo) => {
    test.setTimeout(120_000);
    const options = { baseURL, viewport: { width, height: 844 }, colorScheme };
    const page = await desk(browser, options);
    await signIn(page, 'ada');
    const name = await newcomer(page, 'petra');
    const other = await desk(browser, options);
    await signIn(other, name);
    for (const [visitor, path, status, heading] of [
      [page, '/servers/999999/', 404, 'Not there'],
      [page, '/nowhere/at/all/', 404, 'Not there'],
      [other, '/-/users/', 403, 'Not for you'],
      [page, '/-/history/?nme=1', 400, 'That did not work'],
    ]) {
      const answer = await visitor.goto(path);
      expect(answer.status(), path).toBe(status);
      await expect(visitor.getByRole('heading', { level: 1 })).toHaveText(heading);
      await expect(visitor.getByRole('alert')).toBeVisible();
      await expect(visitor.getByRole('link', { name: 'To the front page' })).toBeVisible();
      const overhang = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
      expect(await visitor.evaluate(overhang), `pixels beside ${path}`).toBe(0);
      const { violations } = await new AxeBuilder({ page: visitor }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`), path).toEqual([]);
      await visitor.screenshot({ path: testInfo.outputPath(`${status}${path.replaceAll(/\W/g, '-')}.png`) });
    }
  });
}

test('a time zone that is none is told beside its field, and stays there', async ({ page }) => {
  await signIn(page, 'ada');
  await page.goto('/account/');
  await page.getByLabel('Time zone').fill('Mars/Olympus');
  await page.locator('#preferences').getByRole('button', { name: 'Keep this' }).click();
  const field = page.getByLabel('Time zone');
  await expect(field).toHaveValue('Mars/Olympus');
  await expect(field).toHaveAccessibleDescription(/There is no such time zone/);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`)).toEqual([]);
});
