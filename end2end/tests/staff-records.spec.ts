// What an admin does with all that is kept of somebody: takes it out, erases it, and looks at who changed what.

import { readFileSync } from 'node:fs';
import { inspect } from '../support/checks';
import { note } from '../support/conversation';
import { png } from '../support/files';
import { Desk, sendForm } from '../support/desk';
import { expect, logIn, test, type Page } from '../support/test';
import { openTicket } from '../support/tickets';

const row = (page: Page, text: string | RegExp) => page.getByRole('row').filter({ hasText: text });

test.use({ as: 'admin' });

test('a customer asks for all that is kept, and then to be erased', async ({ page, customer, another, hasScript, guard }) => {
  const theirs = await another();
  await logIn(theirs, customer.pin);
  const ticket = await openTicket(theirs, hasScript, { title: 'The boiler drips', files: [png('drip.png')] });

  await page.goto(`/admin/customers?q=${customer.username}`);
  await row(page, customer.username).getByRole('link').first().click();
  await expect(page.getByRole('heading', { level: 1, name: customer.name })).toBeVisible();
  const address = new URL(page.url()).pathname;
  if (hasScript) await inspect(page);
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Take out all that is kept' }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe(`customer-${address.split('/').pop()}.zip`);
  const zip = readFileSync(await download.path());
  for (const name of ['index.html', 'data.json', `tickets/${ticket}/index.html`, `tickets/${ticket}/files/001-drip.png`]) {
    expect(zip.includes(name), `${name} is in it`).toBe(true);
  }

  await page.locator('summary', { hasText: 'Erase this customer' }).click();
  await expect(page.getByText('1 ticket with 0 replies and notes')).toBeVisible();
  const erase = page.locator('details', { hasText: 'Erase this customer' });
  guard.expect(400);
  await erase.getByLabel('Username').fill('somebody else');
  await erase.getByRole('button', { name: 'Erase for good' }).click();
  await expect(page.getByText('Type the username as it stands above').first()).toBeVisible();
  if (!(await erase.getByLabel('Username').isVisible())) await erase.locator('summary').click();
  await erase.getByLabel('Username').fill(customer.username);
  await erase.getByRole('button', { name: 'Erase for good' }).click();
  await expect(page).toHaveURL(/\/admin\/audit/);
  const erased = row(page, /erased .*with 1 ticket and 1 file/).first();
  await expect(erased).toBeVisible();
  await expect(row(page, 'took out all that is kept').first()).toBeVisible();

  guard.expect(404);
  await page.goto(address);
  await expect(page.getByRole('heading', { level: 1 })).not.toHaveText(customer.name);
  await theirs.goto('/tickets');
  await expect(theirs).toHaveURL('/?next=/tickets');
});

test('an admin looks through what staff changed, and takes it along', async ({ page, hasScript }) => {
  const name = `Pumps ${Date.now()}`;
  await page.goto('/admin/categories');
  await page.getByLabel('Name', { exact: true }).fill(name);
  await page.getByRole('button', { name: 'Add' }).click();
  await expect(page.getByText(name).first()).toBeVisible();

  await page.goto('/admin/audit');
  await expect(row(page, name).first()).toContainText('added the category');
  if (hasScript) await inspect(page);
  await page.getByRole('navigation', { name: 'Kind' }).getByRole('link', { name: 'Settings' }).click();
  await expect(page).toHaveURL(/group=settings/);
  await expect(row(page, name)).toHaveCount(1);
  await page.getByRole('navigation', { name: 'Kind' }).getByRole('link', { name: 'API tokens' }).click();
  await expect(row(page, name)).toHaveCount(0);
  await page.getByRole('navigation', { name: 'Kind' }).getByRole('link', { name: 'All' }).click();
  await page.getByLabel('Username of staff').fill('nobody.of.that.name');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(page.getByText('Nobody in the team has the username')).toBeVisible();
  await page.getByRole('link', { name: 'Clear' }).click();

  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: 'CSV' }).click();
  const file = await download;
  expect(file.suggestedFilename()).toBe('audit.csv');
  const lines = readFileSync(await file.path(), 'utf8').split('\r\n');
  expect(lines[0]).toContain('number,at,kind,what');
  expect(lines.some((line) => line.includes(name))).toBe(true);
  await page.reload();
  await expect(row(page, /took .* out as CSV/).first()).toBeVisible();
});

test('rules are set, and a ticket is kept whatever they say', async ({ page, customer, another, hasScript, guard }) => {
  const theirs = await another();
  await logIn(theirs, customer.pin);
  const ticket = await openTicket(theirs, hasScript, { title: 'The boiler drips' });

  await page.goto('/admin/retention');
  await expect(page.getByRole('heading', { level: 1, name: 'Retention' })).toBeVisible();
  await expect(page.getByText('There is no rule: nothing goes.')).toBeVisible();
  guard.expect(400);
  await page.getByLabel('Closed tickets').fill('7');
  await page.getByRole('button', { name: 'Save rules' }).click();
  await expect(page.getByText('Write a number of days from 30').first()).toBeVisible();
  await page.getByLabel('Closed tickets').fill('3650');
  await page.getByRole('button', { name: 'Save rules' }).click();
  await expect(page.getByText('By the rules, nothing is due now.')).toBeVisible();
  await expect(page.getByLabel('Closed tickets')).toHaveValue('3650');
  await page.getByRole('button', { name: 'Look again' }).click();
  await expect(page.getByText('Looked again.')).toBeVisible();
  if (hasScript) await inspect(page);

  await page.goto(`/admin/tickets/${ticket}`);
  await page.locator('summary', { hasText: 'Keep this ticket' }).click();
  await page.getByLabel('Why').fill('A dispute about the bill');
  await page.getByRole('button', { name: 'Keep it' }).click();
  await expect(page.getByText('This ticket is kept.')).toBeVisible();
  await expect(page.getByText('A dispute about the bill')).toBeVisible();
  if (hasScript) await inspect(page);
  await page.goto('/admin/audit?group=retention');
  await expect(row(page, `ticket #${ticket} is kept`).first()).toBeVisible();
  await expect(row(page, 'changed what goes after a while').first()).toBeVisible();
  await page.goto(`/admin/tickets/${ticket}`);
  await page.getByRole('button', { name: 'Let it go' }).click();
  await expect(page.locator('summary', { hasText: 'Keep this ticket' })).toBeVisible();
  await page.goto('/admin/retention');
  await page.getByLabel('Closed tickets').fill('');
  await page.getByRole('button', { name: 'Save rules' }).click();
  await expect(page.getByText('There is no rule: nothing goes.')).toBeVisible();
});

test('what a rule finds is on a list, and goes when an admin acknowledges that', async ({ page, hasScript, guard }) => {
  test.slow();
  const desk = await Desk.startWithAdmin();
  guard.alsoAt(desk.url);
  guard.expect(400);
  const { admin } = await desk.staff();
  const customer = await desk.customer('Ana Ruiz');
  const client = await desk.client(customer.pin);
  const titles = ['The boiler drips', 'The boiler hums', 'The boiler is kept', 'The boiler is new'];
  const ids: number[] = [];
  for (const title of titles) {
    const { id } = await client.open({ title, files: [png('boiler.png')] });
    const form = { id: String(id), status: 'Closed', shown_status: 'Open' };
    await sendForm(`${desk.url}/admin/tickets/${id}?fn=staff_update_ticket`, form, admin);
    ids.push(id);
  }
  const [drips, hums, kept] = ids;
  await sendForm(`${desk.url}/admin/tickets/${kept}?fn=keep_ticket`, { id: String(kept), why: 'A dispute' }, admin);
  const days = 40 * 24 * 3600 * 1_000_000;
  await desk.change(`UPDATE tickets SET closed_at = closed_at - ${days} WHERE id IN (${drips}, ${hums}, ${kept})`);

  await page.context().clearCookies();
  await page.context().addCookies(admin);
  await page.goto(`${desk.url}/admin/retention`);
  await page.getByLabel('Closed tickets').fill('30');
  await page.getByRole('button', { name: 'Save rules' }).click();
  await expect(page.getByText('A list waits: ')).toBeVisible();
  if (hasScript) await inspect(page);
  await page.getByRole('link', { name: 'Look at the list' }).click();
  await expect(row(page, 'The boiler drips')).toBeVisible();
  await expect(row(page, 'The boiler hums')).toBeVisible();
  await expect(row(page, 'The boiler is kept')).toHaveCount(0);
  await expect(row(page, 'The boiler is new')).toHaveCount(0);
  if (hasScript) await inspect(page);
  // Touched since: it stays.
  await note(desk, hums, 'Is it the pump?');
  await page.locator('summary', { hasText: 'Acknowledge this list' }).click();
  await page.getByLabel('How many are on it').fill('3');
  await page.getByRole('button', { name: 'Let all of it go' }).click();
  await expect(page.getByLabel('How many are on it')).toHaveAttribute('aria-invalid', 'true');
  if (hasScript) await inspect(page);
  await page.getByLabel('How many are on it').fill('2');
  await page.getByRole('button', { name: 'Let all of it go' }).click();
  await expect(async () => {
    await page.reload();
    await expect(row(page, 'The boiler hums')).toContainText('Stayed', { timeout: 1000 });
  }).toPass();
  if (hasScript) await inspect(page);
  const left = await client.tickets();
  expect(left.map(({ title }) => title).sort()).toEqual(titles.slice(1).sort());
  await desk.stop();
  guard.allowBroken();
});
