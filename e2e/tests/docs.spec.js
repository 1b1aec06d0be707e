// The page that explains the interface: complete without the internet, on a desk and on a phone.

import { test, expect } from '../lib/site.js';

for (const width of [1440, 390]) {
  test.describe(`the documentation, ${width} wide`, () => {
    test.use({ viewport: { width, height: 900 } });

    test('shows every operation, and fits', async ({ page, request }) => {
      const { paths } = await (await request.get('/api/-/openapi.json')).json();
      const methods = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch'];
      const operations = Object.values(paths)
        .flatMap((path) => Object.keys(path))
        .filter((member) => methods.includes(member));
      await page.goto('/api/-/docs/');
      const folded = page.locator('.opblock-tag[data-is-open="false"]');
      await expect(folded.first()).toBeVisible();
      while ((await folded.count()) > 0) {
        await folded.first().click();
      }
      await expect(page.locator('.opblock')).toHaveCount(operations.length);
      const overhang = () =>
        document.documentElement.scrollWidth - document.documentElement.clientWidth;
      expect(await page.evaluate(overhang), 'pixels beside the screen').toBe(0);
    });
  });
}

test('the documentation tries a request', async ({ page }) => {
  await page.goto('/api/-/docs/');
  await page.locator('.opblock-tag[data-tag="dcs"]').click();
  const list = page.locator('.opblock-get', {
    has: page.locator('[data-path="/api/dcs/"]'),
  });
  await list.locator('.opblock-summary-control').click();
  await list.getByRole('button', { name: 'Try it out' }).click();
  await list.getByRole('button', { name: 'Execute' }).click();
  const answer = list.locator('.live-responses-table .response').first();
  await expect(answer.locator('.response-col_status')).toContainText('200');
  await expect(answer).toContainText('"count"');
});
