// Nothing typed is lost: what somebody writes is kept on the server until it is sent.

import { entries, reply } from '../support/conversation';
import { Desk } from '../support/desk';
import { expect, logIn, test } from '../support/test';

type Page = import('@playwright/test').Page;
const saved = (page: Page) => expect(page.locator('[data-draft-status]').first()).toHaveText('Draft saved');
const keepPlain = (page: Page) => page.getByRole('button', { name: /^Save draft/ }).click();

/**
 * Keeps what is typed: by itself with script, by the button without. Ends when the page says so: the button leads to a new
 * page, and one that is about to be replaced cannot be loaded again.
 */
async function keep(page: Page, hasScript: boolean): Promise<void> {
  if (hasScript) return saved(page);
  await expect(page.getByText('This is your unsent draft.')).toHaveCount(0);
  await keepPlain(page);
  await expect(page.getByText('This is your unsent draft.')).toBeVisible();
}

test('a reply waits for its writer, on every device, until it is sent', async ({ page, customer, desk, another, hasScript }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Half written' });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await page.getByLabel('Your reply').fill('I was about **to say');
  await keep(page, hasScript);
  await page.reload();
  await expect(page.getByLabel('Your reply')).toHaveValue('I was about **to say');
  await page.getByRole('button', { name: 'Log out' }).click();
  await expect(page).toHaveURL('/');

  const phone = await another();
  await logIn(phone, await desk.pin(customer.username));
  await phone.goto(`/tickets/${ticket.id}`);
  await expect(phone.getByLabel('Your reply')).toHaveValue('I was about **to say');
  await phone.getByLabel('Your reply').fill('I was about **to say** this.');
  await phone.getByRole('button', { name: 'Send reply' }).click();
  await expect(entries(phone).filter({ hasText: 'I was about to say this.' })).toHaveCount(1);
  await expect(phone.getByLabel('Your reply')).toHaveValue('');
  await phone.goto(`/tickets/${ticket.id}`);
  await expect(phone.getByLabel('Your reply')).toHaveValue('');
});

test('words typed just before the page is left are kept', { tag: '@script' }, async ({ page, customer }) => {
  await logIn(page, customer.pin);
  await page.goto('/tickets/new');
  await page.getByLabel('Title').pressSequentially('A');
  await saved(page);
  await page.getByLabel('Title').pressSequentially(' last word');
  await page.goto('/tickets');
  // It may still be on its way when the next page is asked for.
  await expect(async () => {
    await page.goto('/tickets/new');
    await expect(page.getByLabel('Title')).toHaveValue('A last word', { timeout: 500 });
  }).toPass();
});

test('a new ticket is kept as well, and can be thrown away', async ({ page, customer, hasScript }) => {
  await logIn(page, customer.pin);
  await page.goto('/tickets/new');
  await page.getByLabel('Title').fill('Not yet sure');
  await page.getByLabel('Description').fill('Something with the lamp');
  await page.getByLabel('Priority').selectOption('High');
  await keep(page, hasScript);
  await page.goto('/tickets');
  await page.goto('/tickets/new');
  await expect(page.getByLabel('Title')).toHaveValue('Not yet sure');
  await expect(page.getByLabel('Description')).toHaveValue('Something with the lamp');
  await expect(page.getByLabel('Priority')).toHaveValue('High');
  await page.getByRole('button', { name: 'Discard draft' }).click();
  await expect(page.getByLabel('Title')).toHaveValue('');
  await page.goto('/tickets/new');
  await expect(page.getByLabel('Title')).toHaveValue('');
});

test('a preview shows what will be read', async ({ page, customer, desk, hasScript }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Preview' });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await page.getByLabel('Your reply').fill('- **one**\n- <b>two</b>');
  if (hasScript) await page.getByRole('button', { name: 'Preview' }).click();
  else await keepPlain(page);
  await expect(page.locator('.preview li strong')).toHaveText('one');
  await expect(page.locator('.preview li').last()).toHaveText('<b>two</b>');
  await expect(page.getByLabel('Your reply')).toHaveValue('- **one**\n- <b>two</b>');
});

test('a double click sends one reply', async ({ page, customer, desk }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Twice' });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await page.getByLabel('Your reply').fill('Only once');
  await page.getByRole('button', { name: 'Send reply' }).dblclick();
  await expect(entries(page).filter({ hasText: 'Only once' })).toHaveCount(1);
  await page.goto(`/tickets/${ticket.id}`);
  await expect(entries(page).filter({ hasText: 'Only once' })).toHaveCount(1);
});

test('a form sent once more from the history counts once', async ({ page, customer, desk, hasScript }) => {
  test.skip(hasScript, 'with script the page is another one by then');
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Back again' });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  const key = await page.locator('input[name=idempotency_key]').first().getAttribute('value');
  const sendWith = (body: string) =>
    page.request.post(`/tickets/${ticket.id}?fn=reply`, {
      multipart: { id: String(ticket.id), idempotency_key: key ?? '', body },
      headers: { 'sec-fetch-site': 'same-origin' },
      maxRedirects: 0,
    });
  expect((await sendWith('Once')).status()).toBe(303);
  expect((await sendWith('Once')).status()).toBe(303);
  expect((await sendWith('Something else')).status()).toBe(409);
  await page.goto(`/tickets/${ticket.id}`);
  await expect(entries(page).filter({ hasText: 'Once' })).toHaveCount(1);
  await expect(entries(page).filter({ hasText: 'Something else' })).toHaveCount(0);
});

test('an expired session keeps the words', { tag: '@script' }, async ({ page, customer, desk, guard, context }) => {
  guard.expect(401);
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Too long away' });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await page.getByLabel('Your reply').fill('Before');
  await saved(page);
  await desk.call(['session', 'end', customer.username]);
  await page.getByLabel('Your reply').fill('Before and after');
  await expect(page.locator('[data-draft-status]')).toContainText('logged out');
  // Logged in again in another tab, the writing is saved by itself with the next word.
  const tab = await context.newPage();
  await logIn(tab, await desk.pin(customer.username));
  await page.getByLabel('Your reply').pressSequentially('!');
  await saved(page);
  await tab.goto(`/tickets/${ticket.id}`);
  await expect(tab.getByLabel('Your reply')).toHaveValue('Before and after!');
  await reply(desk, ticket.id, 'Hello');
});

test('a session that ended keeps the words, without script too', async ({ page, customer, desk, hasScript, context, guard }) => {
  test.skip(hasScript, 'with script the words stay where they are');
  guard.expect(401);
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Logged out meanwhile' });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await page.getByLabel('Your reply').fill('A long and <b>careful</b> answer');
  await desk.call(['session', 'end', customer.username]);
  await page.getByRole('button', { name: 'Send reply' }).click();
  await expect(page.getByRole('heading', { name: 'You are logged out' })).toBeVisible();
  await expect(page.getByLabel('What you wrote')).toHaveValue('A long and <b>careful</b> answer');
  const tab = await context.newPage();
  await logIn(tab, await desk.pin(customer.username));
  await page.getByRole('button', { name: 'Send it now' }).click();
  await expect(entries(page).filter({ hasText: 'A long and <b>careful</b> answer' })).toHaveCount(1);

  // The same for a new ticket, with all its fields.
  await page.goto('/tickets/new');
  await page.getByLabel('Title').fill('Kept as well');
  await page.getByLabel('Description').fill('Every word');
  await page.getByLabel('Priority').selectOption('Urgent');
  await desk.call(['session', 'end', customer.username]);
  await page.getByRole('button', { name: 'Open ticket' }).click();
  await expect(page.getByLabel('Description')).toHaveValue('Every word');
  await logIn(tab, await desk.pin(customer.username));
  await page.getByRole('button', { name: 'Send it now' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Kept as well' })).toBeVisible();
  await expect(page.getByText('Urgent').first()).toBeVisible();
});

test('a server that is killed while somebody types', { tag: '@script' }, async ({ browser }) => {
  test.slow();
  const desk = await Desk.startWithAdmin();
  try {
    const customer = await desk.customer();
    const context = await browser.newContext({ baseURL: desk.url });
    const page = await context.newPage();
    await logIn(page, customer.pin);
    await page.goto('/tickets/new');
    await page.getByLabel('Title').fill('Thunderstorm');
    await page.getByLabel('Description').fill('The lights went');
    await saved(page);
    await desk.kill();
    await page.getByLabel('Description').fill('The lights went out');
    await expect(page.locator('[data-draft-status]')).toContainText('cannot be reached');
    await desk.restart();
    await saved(page);
    await page.reload();
    await expect(page.getByLabel('Title')).toHaveValue('Thunderstorm');
    await expect(page.getByLabel('Description')).toHaveValue('The lights went out');
    await context.close();
  } finally {
    await desk.stop();
  }
});
