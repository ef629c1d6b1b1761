// The whole way of somebody new: from the PIN that staff hand out to a ticket that is done, all of it on pages.

import { entries } from '../support/conversation';
import { libreOffice, pdf } from '../support/files';
import { expect, logIn, test } from '../support/test';
import { expectDownloads, openTicket } from '../support/tickets';

test.use({ as: 'agent' });

test('from the PIN to the closed ticket', async ({ page, another }) => {
  test.slow();
  await page.goto('/admin/customers/new');
  await page.getByLabel('Username').fill('nora.new');
  await page.getByLabel('Name (optional)').fill('Nora Lindqvist');
  await page.getByRole('button', { name: 'Add customer' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Nora Lindqvist' })).toBeVisible();
  await page.getByRole('button', { name: 'Issue a PIN' }).click();
  const pin = await page.locator('#issued-pin').innerText();

  const theirs = await another();
  await logIn(theirs, pin);
  await expect(theirs.getByRole('heading', { name: 'No tickets yet' })).toBeVisible();
  const files = [libreOffice('what-i-tried.docx'), pdf('invoice.pdf')];
  const title = 'Nora cannot print';
  const id = await openTicket(theirs, true, { title, description: 'It worked **yesterday**.', priority: 'High', files });
  await expectDownloads(theirs, files);

  await page.getByRole('navigation', { name: 'Staff' }).getByRole('link', { name: 'Tickets' }).click();
  await page.getByRole('table').getByRole('link', { name: title }).click();
  await expect(page).toHaveURL(`/admin/tickets/${id}`);
  await expectDownloads(page, files);
  await page.getByRole('button', { name: 'Claim' }).click();
  await expect(page.getByText('You took the ticket')).toBeVisible();
  await page.getByLabel('Reply to the customer').fill('Please switch it off and on.');
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(entries(page).filter({ hasText: 'Please switch it off and on.' })).toBeVisible();

  // Their page is open all the while, and is told.
  await expect(theirs.getByText('Please switch it off and on.')).toBeVisible();
  await theirs.getByLabel('Your reply').fill('It prints. Thank you!');
  await theirs.getByRole('button', { name: 'Send reply' }).click();
  await expect(entries(theirs).filter({ hasText: 'It prints. Thank you!' })).toBeVisible();

  await expect(page.getByText('It prints. Thank you!')).toBeVisible();
  await page.getByLabel('Status').selectOption('Closed');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.locator('.page-head-meta .badge').first()).toHaveText('Closed');

  await expect(theirs.getByText('Support closed this ticket')).toBeVisible();
  // The form stays where somebody may be writing; the next page has none.
  await theirs.reload();
  await expect(theirs.getByText('This ticket is closed.')).toBeVisible();
  await expect(theirs.getByLabel('Your reply')).toHaveCount(0);
  expect(await theirs.content(), 'customers see the team, not its members').not.toContain('Sam Weber');
  await theirs.goto('/tickets');
  await expect(theirs.getByRole('row').filter({ hasText: title })).toContainText('Closed');
});
