// Somebody who signs in with a password.

import { expect } from '@playwright/test';

/** A page of a browser of somebody's own. */
export async function desk(browser, options) {
  const context = await browser.newContext(options);
  return context.newPage();
}

/** Signs somebody in who has seen the tour, or wants none of it. */
export async function signIn(page, name, next = '/') {
  await enter(page, name, next);
  await endTour(page);
  await wantNoTour(page);
}

/** Signs somebody in, and leaves it to the page whether their tour begins. */
export async function enter(page, name, next = '/') {
  await page.goto(`/login/?next=${encodeURIComponent(next)}`);
  await page.getByLabel('User').fill(name);
  await page.getByLabel('Password').fill(`password of ${name}`);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.locator('details.me summary', { hasText: name })).toBeVisible();
}

/** Ends the tour of a first visit, and waits until that is kept. */
async function endTour(page) {
  if ((await page.locator('html').getAttribute('data-tour')) !== 'first') {
    return;
  }
  await expect(page.getByRole('dialog')).toBeVisible();
  const kept = page.waitForResponse((answer) => answer.request().method() === 'PATCH');
  await page.keyboard.press('Escape');
  await kept;
  await expect(page.getByRole('dialog')).toHaveCount(0);
}

/** A page that begins no tour by itself leaves it to the next one that is opened: that one will not, either. */
async function wantNoTour(page) {
  const me = await (await page.request.get('/api/-/me/')).json();
  if (me.tour_taken) {
    return;
  }
  const answer = await page.request.patch('/api/-/me/', {
    headers: { 'X-CSRF-Token': me.csrf_token },
    data: { tour_taken: true },
  });
  expect(answer.status()).toBe(200);
}

/** Has an administrator make a user who has been nowhere yet, and gives their name. */
export async function newcomer(page, about) {
  const name = `${about}-${Date.now()}-${Math.floor(Math.random() * 1e6)}`;
  const me = await (await page.request.get('/api/-/me/')).json();
  const answer = await page.request.post('/api/-/users/', {
    headers: { 'X-CSRF-Token': me.csrf_token },
    data: { name, password: `password of ${name}`, groups: ['operators'] },
  });
  expect(answer.status()).toBe(201);
  return name;
}
