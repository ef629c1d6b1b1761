// A browser that went past the page which says whose access it has: nothing is sent before it was read, and nothing is lost.

import { inspect } from '../support/checks';
import { expect, logIn, test, whose } from '../support/test';

test('who went past the welcome page is told whose access it is before anything is sent', async ({ page, customer, desk, another, guard, hasScript }) => {
  guard.expect(409);
  // The answer to the log-in leads to the welcome page; the customer goes on by an address of their own.
  await page.goto('/');
  const login = await page.request.post('/fn/login', { form: { pin: customer.pin }, headers: { origin: desk.url } });
  expect(login.status()).toBe(200);
  await page.goto('/tickets/new');
  await page.getByLabel('Title').fill('Broken door');
  await page.getByLabel('Description').fill('It creaks.');
  await page.getByRole('button', { name: 'Open ticket' }).click();
  if (hasScript) {
    await expect(page.getByText(/Nothing was sent yet\. This browser logged in as/)).toBeVisible();
    await expect(page.getByLabel('Title')).toHaveValue('Broken door');
    const opened = page.context().waitForEvent('page');
    await page.getByRole('link', { name: 'See it in a new tab' }).click();
    const told = await opened;
    await expect(whose(told)).toContainText(customer.name);
    await told.close();
    await page.getByRole('button', { name: 'Open ticket' }).click();
  } else {
    await expect(whose(page)).toContainText(customer.name);
    await expect(page.getByLabel('Title')).toHaveValue('Broken door');
    await page.getByRole('button', { name: 'Send it now' }).click();
  }
  await expect(page.getByRole('heading', { name: 'Broken door' })).toBeVisible();
  if (!hasScript) return;
  const calm = await another();
  await logIn(calm, await desk.pin(customer.username));
  await calm.goto('/welcome');
  await inspect(calm);
});
