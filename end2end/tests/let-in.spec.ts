// Who is let in for less: somebody from outside who adds files, and somebody whom a customer lets in.

import { inspect } from '../support/checks';
import { exe, pdf, png } from '../support/files';
import { expect, goOn, logIn, pinField, test } from '../support/test';
import { fileField, fileRow, openTicket } from '../support/tickets';

type Page = import('@playwright/test').Page;
const numberOf = (page: Page) => Number(new URL(page.url()).pathname.split('/').pop());

test.describe('files from outside', () => {
  test.use({ as: 'agent' });

  test('reach staff at once, and the customer when staff release them', async ({ page, customer, another, hasScript, guard }) => {
    if (!hasScript) guard.expect(400);
    const theirs = await another();
    await logIn(theirs, customer.pin);
    const ticket = await openTicket(theirs, hasScript, { title: 'The boiler drips', files: [pdf('quote.pdf')] });

    // Staff let a plumber in, for files and nothing else.
    await page.goto(`/admin/customers?q=${customer.username}`);
    await page.getByRole('row').filter({ hasText: customer.username }).getByRole('link').first().click();
    await page.getByText('For one ticket, or for less').click();
    await page.getByLabel('Ticket (optional)').fill(String(ticket));
    await page.getByLabel('May').selectOption({ label: 'Add files from outside, and read nothing' });
    await page.getByLabel('Label').fill('Photos from the plumber');
    await page.getByRole('button', { name: 'Issue a PIN' }).click();
    const pin = await page.locator('#issued-pin').innerText();

    const plumber = await another();
    await plumber.goto('/');
    await pinField(plumber).fill(pin);
    await plumber.getByRole('button', { name: 'Log in' }).click();
    await expect(plumber.getByRole('heading', { level: 1, name: 'You can add files: Photos from the plumber' })).toBeVisible();
    if (hasScript) await inspect(plumber);
    expect(await plumber.content(), 'nothing tells whose it is').not.toContain(customer.name);
    await plumber.getByRole('link', { name: 'Go on' }).click();
    await expect(plumber).toHaveURL('/drop');
    if (hasScript) await expect(plumber.locator('.on-touch')).toHaveClass(/is-live/);
    await fileField(plumber).setInputFiles([exe(), png('pipe.png')]);
    const refused = '"setup.exe" is not a PDF, JPG, PNG or DOCX file.';
    if (hasScript) {
      await expect(fileRow(plumber, 'setup.exe')).toContainText(refused);
      await plumber.getByRole('button', { name: 'Remove setup.exe' }).click();
    } else {
      await plumber.getByRole('button', { name: 'Send files' }).click();
      await expect(plumber.getByText(refused)).toBeVisible();
      await fileField(plumber).setInputFiles([png('pipe.png')]);
    }
    await plumber.getByRole('button', { name: 'Send files' }).click();
    const arrived = plumber.getByRole('list', { name: 'Files that arrived' });
    await expect(arrived.getByRole('listitem')).toHaveText([/pipe\.png/]);
    // The same name again is another file, and what the customer has is not to be found out.
    if (hasScript) await expect(plumber.locator('.on-touch')).toHaveClass(/is-live/);
    await fileField(plumber).setInputFiles([pdf('quote.pdf')]);
    await plumber.getByRole('button', { name: 'Send files' }).click();
    await expect(arrived.getByRole('listitem')).toHaveText([/pipe\.png/, /quote\.pdf/]);
    if (hasScript) await inspect(plumber);
    expect(await plumber.content()).not.toContain('boiler');

    await theirs.goto(`/tickets/${ticket}`);
    await expect(theirs.getByText('pipe.png')).toHaveCount(0);
    await page.goto(`/admin/tickets/${ticket}`);
    const entry = page.getByRole('listitem').filter({ hasText: 'Somebody from outside added a file: Photos from the plumber' });
    await expect(entry).toHaveCount(2);
    if (hasScript) await inspect(page);
    await entry.first().getByRole('button', { name: 'Release to the customer' }).click();
    await expect(page.getByText('The customer sees these files now.')).toBeVisible();
    await theirs.reload();
    await expect(theirs.getByRole('link', { name: 'Open pipe.png' }).first()).toBeVisible();
    await expect(theirs.getByText('Support added a file')).toBeVisible();
  });
});

test('a customer lets somebody in, reads who did what, and ends it', async ({ page, customer, another, hasScript }) => {
  await logIn(page, customer.pin);
  await openTicket(page, hasScript, { title: 'The boiler drips' });
  const ticket = numberOf(page);
  await page.goto('/sessions');
  await page.getByRole('link', { name: 'Let somebody in' }).click();
  await expect(page.getByText('Nobody', { exact: true })).toBeVisible();
  if (hasScript) await inspect(page);
  await page.getByLabel('For whom').fill('Ben');
  await page.getByLabel('They may').selectOption({ label: 'Read and reply' });
  await page.getByRole('button', { name: 'Make a PIN for them' }).click();
  const pin = await page.locator('#made-pin').innerText();
  await expect(page.getByRole('row').filter({ hasText: 'Ben' })).toContainText('not here yet');
  if (hasScript) await inspect(page);
  await page.reload();
  await expect(page.locator('#made-pin')).toHaveCount(0);

  const ben = await another();
  await ben.goto('/');
  await pinField(ben).fill(pin);
  await ben.getByRole('button', { name: 'Log in' }).click();
  await expect(ben.getByRole('heading', { level: 1, name: `You are in as Ben (for ${customer.name})` })).toBeVisible();
  await goOn(ben);
  await ben.goto(`/tickets/${ticket}`);
  await ben.getByLabel('Your reply').fill('I looked at it: the valve is worn.');
  await ben.getByRole('button', { name: 'Send reply' }).click();
  await expect(ben.getByText('the valve is worn')).toBeVisible();
  await ben.goto('/sessions');
  await expect(ben.getByRole('link', { name: 'Let somebody in' })).toHaveCount(0);

  await page.goto(`/tickets/${ticket}`);
  const said = page.getByRole('listitem').filter({ hasText: 'the valve is worn' });
  await expect(said).toContainText(`Ben (for ${customer.name})`);
  await page.goto('/delegations');
  await page.getByRole('row').filter({ hasText: 'Ben' }).getByRole('button', { name: /^End/ }).click();
  await expect(page.getByText('Nobody', { exact: true })).toBeVisible();
  await ben.goto('/tickets');
  await expect(ben).toHaveURL('/?next=/tickets');
});
