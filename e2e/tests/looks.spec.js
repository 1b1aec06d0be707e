// How the pages look: they fit, wide and narrow, and axe finds nothing in either theme. Which database
// is behind them is nothing to that.

import AxeBuilder from '@axe-core/playwright';

import { signIn } from '../lib/person.js';
import { test, expect } from '../lib/site.js';

const PAGES = [
  '/',
  '/servers/',
  '/servers/1/',
  '/servers/1/edit/',
  '/servers/1/delete/',
  '/servers/1/compare/',
  '/servers/add/',
  '/servers/1/?as_of=1',
  '/dcs/',
  '/-/change-requests/',
  '/-/history/',
  '/-/search/?q=a',
  '/servers/import/',
  '/api/servers/?limit=3',
  '/api/servers/1/',
  '/-/audit/',
  '/-/users/',
  '/-/users/ada/',
  '/-/groups/',
  '/-/groups/administrators/',
  '/-/tokens/',
  '/-/views/',
  '/-/templates/',
  '/-/tasks/',
  '/-/tasks/clean-up/',
  '/-/system/',
  '/-/system/configuration/',
  '/account/',
];

for (const [width, colorScheme] of [[1440, 'light'], [390, 'dark']]) {
  test.describe(`${width} wide, ${colorScheme}`, () => {
    test.use({ viewport: { width, height: 900 }, colorScheme });

    test('every page fits, and axe finds nothing', async ({ page }) => {
      test.setTimeout(180_000);
      await signIn(page, 'ada');
      for (const path of PAGES) {
        await page.goto(path);
        await page.waitForLoadState('networkidle');
        const overhang = () =>
          document.documentElement.scrollWidth - document.documentElement.clientWidth;
        expect(await page.evaluate(overhang), `pixels beside ${path}`).toBe(0);
        const { violations } = await new AxeBuilder({ page }).analyze();
        const told = violations.map(({ id, nodes }) => `${id}: ${nodes[0].html}`);
        expect(told, path).toEqual([]);
      }
    });
  });
}
