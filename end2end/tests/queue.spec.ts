// Many tickets at once: chosen, changed, and taken back.

import { inspect } from '../support/checks';
import { expect, test, type Page } from '../support/test';

test.use({ as: 'agent' });

const box = (page: Page, title: string) => page.getByRole('row').filter({ hasText: title }).getByRole('checkbox');
const status = (page: Page, title: string) =>
  page.getByRole('row').filter({ hasText: title }).locator('.badge:not(.badge-plain)');

test.describe('with plain forms', () => {
  test.use({ javaScriptEnabled: false });

  test('what is ticked changes, what is refused stays ticked, and all of it can be taken back', async ({ page, customer, desk }) => {
    const client = await desk.client(customer.pin);
    for (const title of ['One', 'Two', 'Three', 'Four']) await client.open({ title });
    await page.goto(`/admin/tickets?customer=${customer.username}`);
    const change = page.getByRole('button', { name: 'Change', exact: true });
    await expect(change, 'nothing is ticked').toBeHidden();
    await box(page, 'Two').check();
    await page.getByLabel('New status').selectOption('Closed');
    await change.click();
    await expect(page.getByText('1 changed.')).toBeVisible();
    await expect(status(page, 'Two')).toHaveText('Closed');

    for (const title of ['One', 'Two', 'Three']) await box(page, title).check();
    await page.getByLabel('New status').selectOption('Resolved');
    await page.getByLabel('New priority').selectOption('High');
    await change.click();
    await expect(page).toHaveURL(/customer=[^&]+&changed=\d+$/);
    await expect(page.getByText(/^Status: 2 changed, 1 not\. #\d+: A ticket that is Closed cannot become Resolved/)).toBeVisible();
    await expect(page.getByText('Priority: 3 changed.')).toBeVisible();
    await expect(status(page, 'One')).toHaveText('Resolved');
    await expect(status(page, 'Four')).toHaveText('Open');
    await expect(box(page, 'Two'), 'what was refused stays ticked').toBeChecked();
    await expect(box(page, 'One')).not.toBeChecked();

    await page.getByRole('button', { name: 'Undo' }).click();
    await expect(page.getByText('Priority: 3 taken back.')).toBeVisible();
    await expect(page.getByText('Status: 2 taken back.')).toBeVisible();
    await expect(status(page, 'One')).toHaveText('Open');
    await expect(status(page, 'Two')).toHaveText('Closed');
    await expect(page.getByRole('button', { name: 'Undo' })).toHaveCount(0);
  });
});

test('the queue with something ticked, and with what became of it, is for everybody to use', async ({ page, customer, desk }) => {
  const client = await desk.client(customer.pin);
  for (const title of ['One', 'Two']) await client.open({ title });
  await page.goto(`/admin/tickets?customer=${customer.username}`);
  for (const title of ['One', 'Two']) await box(page, title).check();
  await expect(page.getByRole('button', { name: 'Change', exact: true })).toBeVisible();
  await inspect(page);
  await page.getByLabel('New status').selectOption('Resolved');
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(page.getByText('2 changed.')).toBeVisible();
  await inspect(page);
});
