// Somebody whom nobody knows: they get a code to come back by, show that they wrote it down, and come back.

import { inspect } from '../support/checks';
import { expect, pinField, test, whose } from '../support/test';

test.use({ as: 'agent' });

test('somebody unknown comes back by a code of their own', async ({ page, another, guard, hasScript }) => {
  guard.expect(400);
  await page.goto('/admin/customers/new');
  await page.getByRole('button', { name: 'Add somebody unknown' }).click();
  await expect(page.getByRole('heading', { level: 1, name: /^Unknown person / })).toBeVisible();
  await expect(page.getByText('They have no return code.')).toBeVisible();
  await page.getByRole('button', { name: 'Issue a PIN' }).click();
  const pin = await page.locator('#issued-pin').innerText();

  const theirs = await another();
  const enter = async (typed: string) => {
    await theirs.goto('/');
    await pinField(theirs).fill(typed);
    await theirs.getByRole('button', { name: 'Log in' }).click();
    await expect(whose(theirs)).toContainText('Unknown person');
  };
  await enter(pin);
  const code = await theirs.locator('#return-code').innerText();
  await theirs.getByLabel('Type its last four signs').fill('0000');
  await theirs.getByRole('button', { name: 'I have written it down' }).click();
  await expect(theirs.getByText('These are not its last four signs.')).toBeVisible();
  if (hasScript) await inspect(theirs);
  await theirs.getByLabel('Type its last four signs').fill(code.slice(-4).toLowerCase());
  await theirs.getByRole('button', { name: 'I have written it down' }).click();
  await expect(theirs).toHaveURL('/tickets');
  await theirs.getByRole('button', { name: 'Log out' }).click();

  await enter(code);
  await expect(theirs.locator('#return-code')).toHaveText(code);
  await expect(theirs.getByText('This is the last time that it is shown.')).toBeVisible();
  await theirs.getByLabel('Type its last four signs').fill(code.slice(-4));
  await theirs.getByRole('button', { name: 'I have written it down' }).click();
  await expect(theirs).toHaveURL('/tickets');

  await page.reload();
  await expect(page.getByText('They wrote it down.')).toBeVisible();
  if (hasScript) await inspect(page);
  await page.locator('summary', { hasText: 'End this person’s access' }).click();
  await page.getByRole('button', { name: 'End the access' }).click();
  await expect(page.getByText('They have no return code.')).toBeVisible();
  await theirs.goto('/');
  await pinField(theirs).fill(code);
  await theirs.getByRole('button', { name: 'Log in' }).click();
  await expect(theirs.getByText(/Invalid or used PIN/)).toBeVisible();
});
