// Staff see what customers send, find it, and work on it; the customer sees what they did.

import { docx, largePng, MEGABYTE, pdf, png } from '../support/files';
import { expect, logIn, test } from '../support/test';
import { fileField } from '../support/tickets';

test.use({ as: 'agent' });

type Page = import('@playwright/test').Page;
// Of a list's rows, and of what a search found.
const titles = (page: Page) => page.getByRole('main').locator('.row-link');
const search = (page: Page) => page.getByRole('search');

test('the queue can be narrowed by everything there is', async ({ page, customer, desk }) => {
  const client = await desk.client(customer.pin);
  const mark = customer.username.replace(/\W/g, '');
  await client.open({ title: `Alpha ${mark}`, priority: 'Urgent', category: 'Bug', description: 'The pump leaks.' });
  await client.open({ title: `Beta ${mark}`, priority: 'Low', category: 'Billing', files: [pdf()] });
  await client.open({ title: `Gamma ${mark}`, priority: 'Low', category: 'Bug' });
  const all = [`Gamma ${mark}`, `Beta ${mark}`, `Alpha ${mark}`];

  await page.goto('/admin/tickets');
  await search(page).getByRole('searchbox', { name: 'Search in tickets' }).fill(mark);
  await search(page).getByRole('button', { name: 'Filter' }).click();
  await expect(titles(page)).toHaveText(all);

  await search(page).getByLabel('Priority').selectOption('Low');
  await search(page).getByRole('button', { name: 'Filter' }).click();
  await expect(titles(page)).toHaveText(all.slice(0, 2));
  await search(page).getByLabel('Category').selectOption('Bug');
  await search(page).getByRole('button', { name: 'Filter' }).click();
  await expect(titles(page)).toHaveText(all.slice(0, 1));
  await page.getByRole('link', { name: 'Clear' }).click();
  await expect(page).toHaveURL('/admin/tickets');

  await search(page).getByRole('textbox', { name: "Customer's username" }).fill(customer.username);
  await search(page).getByRole('button', { name: 'Filter' }).click();
  await expect(titles(page)).toHaveText(all);
  await expect(page.getByText(`Tickets of ${customer.name}`)).toBeVisible();
  await expect(page.getByRole('link', { name: 'Open 3' })).toBeVisible();
  await page.getByRole('link', { name: 'Resolved 0' }).click();
  await expect(page.getByRole('heading', { name: 'No ticket fits' })).toBeVisible();

  await page.goto('/admin/tickets?q=pump%20leaks');
  await expect(titles(page), 'descriptions are searched too').toContainText([`Alpha ${mark}`]);
  await page.goto('/admin/tickets?customer=nobody.such');
  await expect(page.getByRole('heading', { name: 'Nobody has the username “nobody.such”' })).toBeVisible();
});

test('status, priority and category change, and the customer sees it', async ({ page, customer, desk, another }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Cannot log in at work', files: [pdf(), png(), docx()] });
  await page.goto('/admin');
  await page.getByRole('link', { name: 'Cannot log in at work' }).first().click();
  await expect(page).toHaveURL(`/admin/tickets/${ticket.id}`);
  await page.getByLabel('Status').selectOption('In Progress');
  await page.getByLabel('Priority').selectOption('High');
  await page.getByLabel('Category').selectOption('Billing');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByText('You changed the status: Open → In Progress')).toBeVisible();
  await expect(page.getByText('You changed the priority: Medium → High')).toBeVisible();
  await expect(page.getByText('You changed the category: Other → Billing')).toBeVisible();
  await expect(page.getByLabel('Status')).toHaveValue('In Progress');

  const theirs = await another();
  await logIn(theirs, customer.pin);
  await theirs.goto(`/tickets/${ticket.id}`);
  await expect(theirs.getByText('Support is working on it')).toBeVisible();
  await expect(theirs.getByText('Support set the priority to High')).toBeVisible();
  await expect(theirs.getByText('Support set the category to Billing')).toBeVisible();
  await expect(theirs.getByText('Withdraw ticket'), 'somebody has worked on it').toHaveCount(0);
  const html = await theirs.content();
  expect(html, 'customers see the team, not its members').not.toContain('Sam Weber');

  await page.getByLabel('Status').selectOption('Waiting on Customer');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('In Progress → Waiting on Customer')).toBeVisible();
  await theirs.reload();
  await expect(theirs.getByText('We need something from you')).toBeVisible();
});

test('only what was changed is saved, whatever others did meanwhile', async ({ page, customer, desk, another }) => {
  const client = await desk.client(customer.pin);
  const ticket = await client.open({ title: 'Two at once' });
  const colleague = await another();
  await colleague.context().addCookies((await desk.staff()).admin);
  await page.goto(`/admin/tickets/${ticket.id}`);
  await colleague.goto(`/admin/tickets/${ticket.id}`);
  await colleague.getByLabel('Status').selectOption('Resolved');
  await colleague.getByRole('button', { name: 'Save changes' }).click();
  await expect(colleague.getByText('Saved.')).toBeVisible();
  await page.getByLabel('Priority').selectOption('Low');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByText('Saved.')).toBeVisible();
  await expect(page.getByLabel('Status')).toHaveValue('Resolved');
});

test('attachments open, and staff add and correct', async ({ page, customer, desk, context }) => {
  const client = await desk.client(customer.pin);
  const ticket = await client.open({ title: 'Files for us', files: [pdf(), png(), docx()] });
  await page.goto(`/admin/tickets/${ticket.id}`);
  const opening = context.waitForEvent('page');
  const answer = context.waitForEvent('response', (response) => response.url().endsWith('.pdf'));
  await page.getByRole('link', { name: 'Open invoice.pdf' }).click();
  expect((await answer).status()).toBe(200);
  await (await opening).close();
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download steps.docx' }).last().click();
  expect((await downloading).suggestedFilename()).toBe('steps.docx');
  const thumbnail = page.getByRole('link', { name: 'Open stripes.png' }).locator('img');
  await thumbnail.scrollIntoViewIfNeeded();
  await expect.poll(() => thumbnail.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(480);

  await expect(page.locator('.on-touch').first()).toHaveClass(/is-live/);
  await fileField(page).first().setInputFiles([largePng('answer.png', 3 * MEGABYTE)]);
  await page.getByRole('button', { name: 'Send', exact: true }).click();
  await expect(page.getByRole('link', { name: 'Open answer.png' })).toBeVisible();

  await page.getByText('Edit title and description').click();
  await page.getByLabel('Title').fill('Files for the team');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Files for the team' })).toBeVisible();
});

test('all files in one list, with their total', async ({ page, customer, desk }) => {
  const client = await desk.client(customer.pin);
  await client.open({ title: 'Three files', files: [pdf(), png(), largePng('scan.png', 2 * MEGABYTE)] });
  await page.goto('/admin');
  await page.getByRole('navigation', { name: 'Staff' }).getByRole('link', { name: 'Files' }).click();
  await search(page).getByRole('textbox', { name: "Customer's username" }).fill(customer.username);
  await search(page).getByRole('button', { name: 'Filter' }).click();
  await expect(page.getByText(/^3 files, 2(\.\d)? MB$/)).toBeVisible();
  await page.getByRole('link', { name: 'PDF', exact: true }).click();
  await expect(page.getByRole('table').getByRole('row')).toHaveCount(2);
  await expect(page.getByText(/^1 file, \d+ bytes$/)).toBeVisible();
  await page.getByRole('table').getByRole('link', { name: 'Three files' }).click();
  await expect(page).toHaveURL(/\/admin\/tickets\/\d+$/);
});

test('a deleted ticket is gone, for admins alone to do', async ({ page, customer, desk, another, guard }) => {
  guard.expect(404);
  const client = await desk.client(customer.pin);
  const ticket = await client.open({ title: 'Spam', files: [pdf()] });
  await page.goto(`/admin/tickets/${ticket.id}`);
  await expect(page.getByText('Delete this ticket')).toHaveCount(0);
  const admin = await another();
  await admin.context().addCookies((await desk.staff()).admin);
  await admin.goto(`/admin/tickets/${ticket.id}`);
  await admin.getByText('Delete this ticket').click();
  await expect(admin.getByText('The ticket, its history and 1 file are gone for good.')).toBeVisible();
  await admin.getByRole('button', { name: 'Delete it' }).click();
  await expect(admin.getByText('Deleted.')).toBeVisible();
  await page.reload();
  await expect(page.getByRole('heading', { name: 'Not found' })).toBeVisible();
});
