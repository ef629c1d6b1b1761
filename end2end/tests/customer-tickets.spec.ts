// A customer opens tickets, follows them, changes them, and is done with them.

import { inspect } from '../support/checks';
import { docx, jpg, pdf, png } from '../support/files';
import { expect, logIn, pinField, test, whose } from '../support/test';
import { expectDownloads, fileField, fillForm, openForm, openTicket, send } from '../support/tickets';

const details = (page: import('@playwright/test').Page) =>
  page.locator('section').filter({ has: page.getByRole('heading', { name: 'Details' }) });

test('the first ticket, with a pdf, a picture and a Word document', async ({ page, customer, hasScript }) => {
  await logIn(page, customer.pin);
  await expect(page.getByRole('heading', { name: 'No tickets yet' })).toBeVisible();
  await page.getByRole('link', { name: 'Open your first ticket' }).click();
  await expect(page).toHaveURL('/tickets/new');
  if (hasScript) await expect(page.locator('.on-touch')).toHaveClass(/is-live/);
  const files = [pdf(), png(), docx()];
  const text = 'Since Monday every page has white stripes.\n\nCleaning it twice did not help.';
  await fillForm(page, { title: 'Printer prints stripes', description: text, priority: 'High', category: 'Bug', files });
  await send(page);

  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Printer prints stripes' })).toBeVisible();
  await expect(page.getByText('Cleaning it twice did not help.')).toBeVisible();
  for (const word of ['Open', 'High', 'Bug']) {
    await expect(details(page).getByText(word, { exact: true })).toBeVisible();
  }
  await expect(page.getByText('You opened this ticket')).toBeVisible();
  for (const { name } of files) {
    await expect(page.getByText(name, { exact: true })).toBeVisible();
    await expect(page.getByRole('link', { name: `Download ${name}` }).last()).toBeVisible();
  }
  const thumbnail = page.getByRole('link', { name: 'Open stripes.png' }).locator('img');
  await thumbnail.scrollIntoViewIfNeeded();
  await expect.poll(() => thumbnail.evaluate((image: HTMLImageElement) => image.naturalWidth)).toBe(480);

  await page.getByRole('link', { name: 'My tickets' }).first().click();
  const row = page.getByRole('row').filter({ hasText: 'Printer prints stripes' });
  for (const words of ['Open', 'High', 'Bug', 'just now']) {
    await expect(row).toContainText(words);
  }
  await expect(row.getByRole('cell', { name: '3', exact: true })).toBeVisible();
  await row.getByRole('link', { name: 'Printer prints stripes' }).click();
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
});

test('what is left out gets the usual values', async ({ page, customer, hasScript }) => {
  await logIn(page, customer.pin);
  await openTicket(page, hasScript, { title: 'Just a question' });
  for (const word of ['Medium', 'Other']) {
    await expect(details(page).getByText(word, { exact: true })).toBeVisible();
  }
  await expect(page.locator('.attachments')).toHaveCount(0);
});

test('files open in the browser where it can show them, and download as they were', async ({ page, customer, desk, context }) => {
  const files = [pdf(), png('stripes – küche.png'), docx(), jpg()];
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Four files', files });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);

  const opened = context.waitForEvent('page');
  const answer = context.waitForEvent('response', (response) => response.url().endsWith('.pdf'));
  await page.getByRole('link', { name: 'Open invoice.pdf' }).click();
  const tab = await opened;
  const headers = await (await answer).allHeaders();
  expect(headers['content-type']).toBe('application/pdf');
  expect(headers['content-disposition']).toMatch(/^inline/);
  expect(headers['x-content-type-options']).toBe('nosniff');
  await expect(tab).toHaveURL(/\/media\/tickets\/\d+\/.+\.pdf$/);
  await tab.close();

  await expectDownloads(page, files);
});

test('title and description can be changed while the ticket is open', async ({ page, customer, guard, hasScript }) => {
  guard.expect(400);
  await logIn(page, customer.pin);
  const id = await openTicket(page, hasScript, { title: 'Printr', description: 'Stripes.' });
  await page.getByRole('link', { name: 'Edit' }).click();
  await expect(page.getByLabel('Title')).toHaveValue('Printr');
  await page.getByLabel('Title').fill('   ');
  await page.getByLabel('Description').fill('White stripes <b>everywhere</b> & "more"');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page.getByLabel('Title')).toHaveAttribute('aria-invalid', 'true');
  await expect(page.getByLabel('Description'), 'what was typed is not lost').toHaveValue(
    'White stripes <b>everywhere</b> & "more"',
  );
  await page.getByLabel('Title').fill('Printer');
  await page.getByRole('button', { name: 'Save changes' }).click();
  await expect(page).toHaveURL(`/tickets/${id}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Printer', exact: true })).toBeVisible();
  await expect(page.getByText('White stripes <b>everywhere</b> & "more"')).toBeVisible();
  await expect(page.getByText('You edited the text')).toBeVisible();
});

test('text that looks like HTML stays text', async ({ page, customer, hasScript }) => {
  const hostile = '</textarea><script>document.title = "mine"</script><img src=x onerror="document.title=1">';
  await logIn(page, customer.pin);
  const id = await openTicket(page, hasScript, { title: hostile, description: hostile });
  await expect(page.getByRole('heading', { level: 1, name: hostile })).toBeVisible();
  await expect(page.locator('.prose')).toHaveText(hostile);
  await page.goto(`/tickets/${id}?edit=1`);
  await expect(page.getByLabel('Description')).toHaveValue(hostile);
  await page.goto('/tickets');
  await expect(page.getByRole('link', { name: hostile })).toBeVisible();
  await expect(page).toHaveTitle('My tickets · Pindesk');
});

test('files can be added later, without a word', async ({ page, customer, desk, hasScript }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'One more file', files: [pdf()] });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  if (hasScript) await expect(page.locator('.on-touch')).toHaveClass(/is-live/);
  await fileField(page).setInputFiles([png('later.png'), docx('later.docx')]);
  await page.getByRole('button', { name: 'Send reply' }).click();
  await expect(page.getByRole('link', { name: 'Open later.png' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Download later.docx' }).last()).toBeVisible();
  await expect(page.getByRole('link', { name: 'Open invoice.pdf' })).toBeVisible();
});

test('closing a ticket asks once, and ends changes to it', async ({ page, customer, desk }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Done with this' });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await page.getByText('Close ticket').click();
  await expect(page.getByText('A closed ticket takes no more changes')).toBeVisible();
  await page.getByRole('button', { name: 'Close it' }).click();
  await expect(page.getByText('You closed this ticket')).toBeVisible();
  await expect(details(page).getByText('Closed', { exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Edit' })).toHaveCount(0);
  await expect(fileField(page)).toHaveCount(0);
  await expect(page.getByText('Withdraw ticket')).toHaveCount(0);
});

test('withdrawing a ticket deletes it', async ({ page, customer, desk, guard }) => {
  guard.expect(404);
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Never mind', files: [pdf()] });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await page.getByText('Withdraw ticket').click();
  await page.getByRole('button', { name: 'Withdraw it' }).click();
  await expect(page).toHaveURL('/tickets');
  await expect(page.getByRole('heading', { name: 'No tickets yet' })).toBeVisible();
  await page.goto(`/tickets/${ticket.id}`);
  await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
  const file = new URL(ticket.attachments[0].file).pathname;
  expect((await page.request.get(file)).status()).toBe(404);
});

test('the list shows one status or all, and 50 tickets at a time', async ({ page, customer, desk }) => {
  const client = await desk.client(await desk.pin(customer.username));
  for (let first = 1; first <= 60; first += 1) await client.open({ title: `Question ${first}` });
  await logIn(page, customer.pin);
  const rows = page.getByRole('table').getByRole('link');
  await expect(rows).toHaveCount(50);
  await expect(rows.first()).toHaveText('Question 60');
  await expect(page.getByRole('link', { name: 'All 60' })).toHaveAttribute('aria-current', 'page');
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(rows).toHaveCount(10);
  await expect(rows.last()).toHaveText('Question 1');
  await expect(page.getByRole('link', { name: 'Next' })).toHaveCount(0);
  await page.getByRole('link', { name: 'Previous' }).click();
  await expect(rows).toHaveCount(50);
  await expect(rows.first()).toHaveText('Question 60');

  await rows.first().click();
  await page.getByText('Close ticket').click();
  await page.getByRole('button', { name: 'Close it' }).click();
  await expect(page.getByText('You closed this ticket')).toBeVisible();
  await page.goto('/tickets');
  await page.getByRole('link', { name: 'Closed 1' }).click();
  await expect(rows).toHaveText(['Question 60']);
  await page.getByRole('link', { name: 'Open 59' }).click();
  await expect(rows.first()).toHaveText('Question 59');
  await page.getByRole('link', { name: 'Next' }).click();
  await expect(rows, 'the filter goes along').toHaveCount(9);
  await page.getByRole('link', { name: 'Resolved 0' }).click();
  await expect(page.getByText('None of your tickets has the status Resolved now.')).toBeVisible();
  await page.getByRole('link', { name: 'All tickets' }).click();
  await expect(rows).toHaveCount(50);
});

test("somebody else's ticket is not there, like one that never was", async ({ page, customer, desk, guard }) => {
  guard.expect(404);
  const other = await desk.customer('Ben Okafor');
  const ticket = await (await desk.client(other.pin)).open({ title: 'Private', files: [pdf()] });
  await logIn(page, customer.pin);
  const shown: string[] = [];
  for (const id of [ticket.id, 99999999]) {
    await page.goto(`/tickets/${id}`);
    await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
    shown.push(await page.getByRole('main').innerText());
  }
  expect(shown[0]).toBe(shown[1]);
  expect((await page.request.get(new URL(ticket.attachments[0].file).pathname)).status()).toBe(404);
  await page.getByRole('link', { name: 'To my tickets' }).click();
  await expect(page).toHaveURL('/tickets');
});

test('the choice of colours stays', async ({ page, customer, context, hasScript }) => {
  const background = () => page.evaluate(() => getComputedStyle(document.documentElement).backgroundColor);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await logIn(page, customer.pin);
  const light = await background();
  await page.getByRole('button', { name: 'Dark' }).click();
  await expect(page.locator('html')).toHaveAttribute('data-theme', 'dark');
  await expect(page.getByRole('button', { name: 'Dark' })).toHaveAttribute('aria-pressed', 'true');
  await expect.poll(background).not.toBe(light);
  await page.goto('/tickets/new');
  await expect(page.locator('html'), 'from the first byte on').toHaveAttribute('data-theme', 'dark');
  if (hasScript) await inspect(page);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.getByRole('button', { name: 'As the system' }).click();
  await expect(page.locator('html')).not.toHaveAttribute('data-theme');
  await expect.poll(async () => (await context.cookies()).filter(({ name }) => name === 'pindesk_theme')).toEqual([]);
  await expect.poll(background).toBe(light);
});

test('the keyboard alone is enough', async ({ page, customer, hasScript }) => {
  const { keyboard } = page;
  await page.goto('/');
  await expect(pinField(page)).toBeFocused();
  await keyboard.type(customer.pin);
  await keyboard.press('Enter');
  const focused = page.locator(':focus');
  await expect(whose(page)).toBeVisible();
  for (let step = 0; step < 10; step += 1) {
    await keyboard.press('Tab');
    if ((await focused.textContent())?.includes('Go on')) break;
  }
  await keyboard.press('Enter');
  await expect(page).toHaveURL('/tickets');
  await keyboard.press('Tab');
  await expect(focused).toHaveText('Skip to content');
  await keyboard.press('Enter');
  for (let step = 0; step < 20; step += 1) {
    await keyboard.press('Tab');
    if ((await focused.textContent())?.includes('first ticket')) break;
  }
  await keyboard.press('Enter');
  await expect(page).toHaveURL('/tickets/new');
  if (hasScript) await expect(page.locator('.on-touch')).toHaveClass(/is-live/);
  const tabTo = async (id: string) => {
    for (let step = 0; step < 30; step += 1) {
      if ((await focused.getAttribute('id').catch(() => null)) === id) return;
      await keyboard.press('Tab');
    }
    throw new Error(`Tab never reaches ${id}`);
  };
  await tabTo('title');
  await keyboard.type('Only keys');
  await tabTo('description');
  await keyboard.type('No mouse here.');
  await tabTo('priority');
  await keyboard.type('Urg');
  await tabTo('attachments');
  // Focus is seen on every stop.
  const outlined = await focused.evaluate((element) => {
    const shown = [element, element.closest('label') ?? element];
    return shown.some((part) => getComputedStyle(part).outlineStyle !== 'none');
  });
  expect(outlined, 'the focused file field is marked').toBe(true);
  await keyboard.press('Tab');
  await expect(focused).toHaveText('Open ticket');
  await keyboard.press('Enter');
  await expect(page).toHaveURL(/\/tickets\/\d+$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Only keys' })).toBeVisible();
  await expect(details(page).getByText('Urgent', { exact: true })).toBeVisible();
});

test('a page that is not there says so in the look of the others', async ({ page, guard }) => {
  guard.expect(404);
  await page.goto('/no/such/page');
  await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible();
  await page.getByRole('link', { name: 'To the start' }).click();
  await expect(page).toHaveURL('/');
});
