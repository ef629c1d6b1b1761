// A customer on the phone shows that they are in: the code on their page, typed by whoever answers.

import { inspect } from '../support/checks';
import { expect, logIn, test } from '../support/test';

test.use({ as: 'agent' });

test('a caller reads a code, and both sides see that it was checked', async ({ page, customer, another, hasScript }) => {
  const theirs = await another();
  await logIn(theirs, customer.pin);
  await theirs.getByRole('link', { name: /where you are logged in/i }).click();
  await theirs.getByRole('link', { name: 'Caller code' }).click();
  await expect(theirs.getByText('We never call you to ask for it.')).toBeVisible();
  await theirs.getByRole('button', { name: 'Show a code' }).click();
  const code = await theirs.locator('#caller-code').innerText();
  expect(code).toMatch(/^\d{3} \d{3}$/);

  await page.goto('/admin');
  await page.getByRole('navigation', { name: 'Staff' }).getByRole('link', { name: 'Who is calling?' }).click();
  await page.getByLabel('Caller’s code').fill(code);
  await page.getByRole('button', { name: 'Check the code' }).click();
  await expect(page.getByText('The caller is who they say.')).toBeVisible();
  await page.getByRole('main').getByRole('link', { name: customer.name }).click();
  await expect(page.getByText(/Caller verified by/)).toBeVisible();

  // Their page is open all the while, and is told.
  if (!hasScript) await theirs.reload();
  await expect(theirs.getByText('Checked by Support')).toBeVisible();
  await expect(theirs.locator('#caller-code')).toHaveCount(0);
});

test('a customer sees who calls them, as long as it is so', async ({ page, customer, another, hasScript }) => {
  const theirs = await another();
  await logIn(theirs, customer.pin);
  const called = theirs.getByText(/from Support is calling you now\./);
  await expect(called).toHaveCount(0);
  await page.goto(`/admin/customers?q=${customer.username}`);
  await page.getByRole('row').filter({ hasText: customer.username }).getByRole('link').first().click();
  await page.getByRole('button', { name: 'I am calling' }).click();
  await expect(page.getByText(/Their open pages say that you are calling, until/)).toBeVisible();
  // Their page is open all the while, and is told.
  if (!hasScript) await theirs.reload();
  await expect(called).toBeVisible();
  await expect(theirs.getByText('We never call you to ask for a code.')).toBeVisible();
  if (hasScript) await inspect(theirs);
  await page.getByRole('button', { name: 'The call is over' }).click();
  await expect(page.getByRole('button', { name: 'I am calling' })).toBeVisible();
  if (!hasScript) await theirs.reload();
  await expect(called).toHaveCount(0);
});
