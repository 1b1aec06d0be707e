// Signing in as people do: with a Keycloak, by a directory, by a page that hands them over, and out
// again; on a desk and on a phone.

import { test, expect } from '@playwright/test';

async function isSignedIn(page, user, groups) {
  await expect(page).toHaveURL(/\/account\/$/);
  await expect(page.getByRole('heading', { level: 1 })).toHaveText(user);
  await expect(page.getByText(groups)).toBeVisible();
}

test('with Keycloak, there and back and out', async ({ page }) => {
  await page.goto('/login/?next=/account/');
  await page.getByRole('link', { name: 'Sign in with Keycloak' }).click();
  await page.locator('#username').fill('alice');
  await page.locator('#password').fill("alice's secret");
  await page.locator('#kc-login').click();
  await isSignedIn(page, 'alice', 'Groups: operators, viewers');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await expect(page).toHaveURL(/\/login\/$/);
  // Keycloak has let go of her, too: it asks again.
  await page.getByRole('link', { name: 'Sign in with Keycloak' }).click();
  await expect(page.locator('#password')).toBeVisible();
});

test('by the directory', async ({ page }) => {
  await page.goto('/login/?next=/account/');
  await page.getByLabel('User').fill('bob');
  await page.getByLabel('Password').fill('not his secret');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toContainText("don't belong together");
  await page.getByLabel('Password').fill("bob's secret");
  await page.getByRole('button', { name: 'Sign in' }).click();
  await isSignedIn(page, 'bob', 'Groups: viewers');
});

test('by a page that hands people over', async ({ page }) => {
  await page.goto('/login/?next=/account/');
  await page.getByRole('link', { name: 'Sign in with the gate' }).click();
  await page.getByLabel('User name').fill('grace');
  await page.getByLabel('Mail').fill('grace@example.org');
  await page.getByLabel('Groups').fill('ops');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await isSignedIn(page, 'grace', 'Groups: operators');
});

for (const width of [1440, 390]) {
  for (const colorScheme of ['light', 'dark']) {
    test.describe(`the pages, ${width} wide, ${colorScheme}`, () => {
      test.use({ viewport: { width, height: 900 }, colorScheme });

      test('fit, and take the keyboard', async ({ page }, testInfo) => {
        for (const path of ['/login/', '/auth/first/']) {
          await page.goto(path);
          const overhang = () =>
            document.documentElement.scrollWidth - document.documentElement.clientWidth;
          expect(await page.evaluate(overhang), `pixels beside ${path}`).toBe(0);
          await page.screenshot({ path: testInfo.outputPath(`${path.replaceAll('/', '-')}.png`) });
        }
        await page.goto('/login/');
        await expect(page.getByLabel('User')).toBeFocused();
        await page.keyboard.type('nobody');
        await page.keyboard.press('Tab');
        await page.keyboard.type('whatever it is');
        await page.keyboard.press('Enter');
        await expect(page.getByRole('alert')).toBeVisible();
      });
    });
  }
}
