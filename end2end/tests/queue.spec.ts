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

/** Where script is needed: it says so by its box for all. */
const alive = (page: Page) => expect(page.getByRole('checkbox', { name: 'Select all on this page' })).toBeVisible();

test('the keyboard and shift choose, and single keys claim and resolve', async ({ page, customer, desk }) => {
  const client = await desk.client(customer.pin);
  for (const title of ['Five', 'Four', 'Three', 'Two', 'One']) await client.open({ title });
  await page.goto(`/admin/tickets?customer=${customer.username}`);
  await alive(page);
  const { keyboard } = page;
  const ticked = page.locator('tbody .check:checked');
  const words = page.getByText(/^\d selected$/);
  const link = (title: string) => page.getByRole('link', { name: title, exact: true });

  await box(page, 'One').click();
  await box(page, 'Three').click({ modifiers: ['Shift'] });
  await expect(words).toHaveText('3 selected');
  await expect(box(page, 'Two')).toBeChecked();
  const all = page.getByRole('checkbox', { name: 'Select all on this page' });
  await expect(all).toBeChecked({ indeterminate: true });
  await all.check();
  await expect(words).toHaveText('5 selected');
  await box(page, 'Five').click();
  await expect(words).toHaveText('4 selected');
  await all.check();
  await all.uncheck();
  await expect(ticked).toHaveCount(0);

  await link('Two').focus();
  await keyboard.press('x');
  await expect(box(page, 'Two')).toBeChecked();
  // The keys go on where a box has the focus.
  await box(page, 'Three').click();
  await expect(box(page, 'Three')).toBeFocused();
  await keyboard.press('j');
  await expect(link('Four')).toBeFocused();
  await keyboard.press('k');
  await expect(link('Three')).toBeFocused();
  await keyboard.press('e');
  await expect(page.getByText('2 changed.')).toBeVisible();
  for (const title of ['Two', 'Three']) await expect(status(page, title)).toHaveText('Resolved');
  await expect(status(page, 'One')).toHaveText('Open');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('2 taken back.')).toBeVisible();

  await alive(page);
  await keyboard.press('j');
  await keyboard.press('a');
  await expect(page.getByText('1 changed.')).toBeVisible();
  await expect(page.getByRole('row').filter({ hasText: 'One' })).toContainText('Sam Weber');

  await alive(page);
  await page.locator('#search').focus();
  await keyboard.type('xae?');
  await expect(ticked, 'typing is typing').toHaveCount(0);
  await link('Five').focus();
  await keyboard.press('?');
  const list = page.getByRole('dialog', { name: 'Keys' });
  await expect(list).toContainText('resolve');
  await inspect(page);
  await keyboard.press('x');
  await expect(ticked, 'behind a dialog nothing happens').toHaveCount(0);
  await keyboard.press('Escape');
  await link('Five').focus();
  await keyboard.press('o');
  await expect(page).toHaveURL(/\/admin\/tickets\/\d+$/);
});

test('what one changes in the queue, another sees there', async ({ page, customer, desk, another }) => {
  const client = await desk.client(customer.pin);
  await client.open({ title: 'Seen by both' });
  const theirs = await another();
  await theirs.context().addCookies((await desk.staff()).admin);
  for (const queue of [page, theirs]) {
    await queue.goto(`/admin/tickets?customer=${customer.username}`);
    await expect(queue.locator('[data-live-state="open"]')).toBeAttached();
    await alive(queue);
  }
  await box(theirs, 'Seen by both').check();
  await page.keyboard.press('j');
  await page.keyboard.press('e');
  await expect(status(theirs, 'Seen by both')).toHaveText('Resolved');
  await expect(box(theirs, 'Seen by both'), 'what they ticked stays').toBeChecked();
});

test.describe('on a phone', () => {
  test.use({ viewport: { width: 390, height: 844 } });

  test('the bar is one line that opens', async ({ page, customer, desk }) => {
    const client = await desk.client(customer.pin);
    for (const title of ['One', 'Two']) await client.open({ title });
    await page.goto(`/admin/tickets?customer=${customer.username}`);
    await box(page, 'One').check();
    const bar = page.locator('.bulk-bar');
    await expect(bar).toBeVisible();
    expect((await bar.boundingBox())?.height).toBeLessThan(80);
    await page.getByRole('checkbox', { name: 'All on this page', exact: true }).check();
    await expect(box(page, 'Two')).toBeChecked();
    await page.getByRole('button', { name: 'Change…' }).click();
    await page.getByLabel('New status').selectOption('Resolved');
    await inspect(page);
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await expect(page.getByText('2 changed.')).toBeVisible();
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
