// Many tickets at once: chosen, changed, and taken back.

import { inspect } from '../support/checks';
import { reply } from '../support/conversation';
import { expect, test, type Page } from '../support/test';

test.use({ as: 'agent' });

const box = (page: Page, title: string) => page.getByRole('row').filter({ hasText: title }).getByRole('checkbox');
const status = (page: Page, title: string) =>
  page.getByRole('row').filter({ hasText: title }).locator('.badge:not(.badge-plain)');
/** What became of a change. */
const result = (page: Page) => page.locator('#bulk-result');

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
    await expect(result(page)).toContainText('1 changed.');
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
  await expect(result(page)).toContainText('2 changed.');
  for (const title of ['Two', 'Three']) await expect(status(page, title)).toHaveText('Resolved');
  await expect(status(page, 'One')).toHaveText('Open');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(result(page)).toContainText('2 taken back.');

  await alive(page);
  await keyboard.press('j');
  await keyboard.press('a');
  await expect(result(page)).toContainText('1 changed.');
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

/** A mark that is gone when the page is loaded anew. */
const marked = async (page: Page) => {
  await page.evaluate(() => document.documentElement.setAttribute('data-same-page', ''));
  return () => expect(page.locator('html[data-same-page]')).toHaveCount(1);
};

test('a filter shows its part without a reload, and back and forward lead through what was shown', async ({ page, customer, desk }) => {
  const client = await desk.client(customer.pin);
  await client.open({ title: 'Low one', priority: 'Low' });
  await client.open({ title: 'High one', priority: 'High' });
  const start = `/admin/tickets?customer=${customer.username}`;
  await page.goto(start);
  await alive(page);
  const isSamePage = await marked(page);
  const titles = page.getByRole('main').locator('.row-link');
  await page.getByLabel('Priority', { exact: true }).selectOption('High');
  await page.getByRole('button', { name: 'Filter' }).click();
  await expect(titles).toHaveText(['High one']);
  await expect(page).toHaveURL(`/admin/tickets?priority=High&customer=${customer.username}`);
  await expect(page.getByRole('button', { name: 'Filter' }), 'the focus stays').toBeFocused();
  await page.getByRole('link', { name: 'Closed 0' }).click();
  await expect(page.getByRole('heading', { name: 'No ticket fits' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Closed 0' })).toBeFocused();
  await expect(page.locator('#queue-said')).toHaveText('No ticket fits');
  await page.goBack();
  await expect(titles).toHaveText(['High one']);
  await expect(page.getByLabel('Priority', { exact: true })).toHaveValue('High');
  await page.goBack();
  await expect(titles).toHaveText(['High one', 'Low one']);
  await expect(page).toHaveURL(start);
  await expect(page.getByLabel('Priority', { exact: true })).toHaveValue('');
  await page.goForward();
  await expect(titles).toHaveText(['High one']);
  await isSamePage();
  await page.getByRole('link', { name: 'Clear' }).click();
  await expect(page).toHaveURL('/admin/tickets');
  await isSamePage();
  await inspect(page);

  // A search is a page of its own.
  await page.goBack();
  await expect(titles).toHaveText(['High one']);
  await page.getByRole('searchbox', { name: 'Search in tickets' }).fill('one');
  await page.keyboard.press('Enter');
  await expect(page.getByText('1 ticket', { exact: true })).toBeVisible();
  await page.goBack();
  await expect(titles).toHaveText(['High one']);
  await page.getByRole('link', { name: 'Clear' }).click();
  await expect(page).toHaveURL('/admin/tickets');
  await inspect(page);
  await page.goto('/admin');
  await page.goBack();
  await expect(page).toHaveURL('/admin/tickets');
  await expect(titles.first()).toBeVisible();
});

test('a change of many says what became of it where one is, and the keys go on', async ({ page, customer, desk, guard }) => {
  const client = await desk.client(customer.pin);
  for (const title of ['Four', 'Three', 'Two', 'One']) await client.open({ title });
  await page.goto(`/admin/tickets?status=Open&customer=${customer.username}`);
  await alive(page);
  const isSamePage = await marked(page);
  const { keyboard } = page;
  const titles = page.getByRole('main').locator('.row-link');
  const focused = page.locator(':focus');
  await keyboard.press('j');
  await keyboard.press('j');
  await expect(focused).toHaveText('Two');
  await keyboard.press('e');
  await expect(page.locator('#queue-said')).toHaveText('1 changed.');
  await expect(titles).toHaveText(['One', 'Three', 'Four']);
  await expect(page.getByRole('link', { name: 'Resolved 1' })).toBeVisible();
  await expect(focused, 'what takes its place').toHaveText('Three');
  await keyboard.press('e');
  await expect(titles).toHaveText(['One', 'Four']);
  await expect(focused).toHaveText('Four');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(titles).toHaveText(['One', 'Three', 'Four']);
  await expect(result(page), 'the button is gone').toBeFocused();

  await page.goto(`/admin/tickets?customer=${customer.username}`);
  await alive(page);
  const isStillSamePage = await marked(page);
  await box(page, 'Two').check();
  await page.getByLabel('New status').selectOption('Closed');
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(status(page, 'Two')).toHaveText('Closed');
  await page.getByRole('checkbox', { name: 'Select all on this page' }).check();
  await page.getByLabel('New status').selectOption('Waiting on Customer');
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(result(page)).toContainText('3 changed, 1 not.');
  await expect(result(page)).toBeFocused();
  await expect(box(page, 'Two'), 'what was refused stays ticked').toBeChecked();
  await expect(page.getByText('1 selected')).toBeVisible();

  // A form that changes nothing is refused where one is.
  guard.expect(400);
  await page.getByRole('button', { name: 'Change', exact: true }).click();
  await expect(result(page)).toContainText('Choose what to change');
  await expect(box(page, 'Two'), 'and the choice stays').toBeChecked();
  await isStillSamePage();
});

test('rows that cannot be fetched are fetched again', async ({ page, customer, desk, guard }) => {
  guard.allowBroken();
  guard.expect(503);
  const client = await desk.client(customer.pin);
  await client.open({ title: 'Was there before' });
  await page.goto(`/admin/tickets?customer=${customer.username}`);
  await expect(page.locator('[data-live-state="open"]')).toBeAttached();
  await alive(page);
  await page.mouse.move(0, 0);
  let tries = 0;
  await page.route('/fn/staff_list_tickets', async (route) => {
    tries += 1;
    if (tries === 1) await route.abort();
    else if (tries === 2) await route.fulfill({ status: 503, body: '' });
    else await route.continue();
  });
  await client.open({ title: 'Came meanwhile' });
  await expect(page.getByRole('main').locator('.row-link')).toHaveText(['Came meanwhile', 'Was there before'], { timeout: 20_000 });
  expect(tries).toBe(3);
});

test('a queue that runs empty says so, and fills again', async ({ page, customer, desk }) => {
  const client = await desk.client(customer.pin);
  const ticket = await client.open({ title: 'Alone' });
  await page.goto(`/admin/tickets?status=Open&customer=${customer.username}`);
  await expect(page.locator('[data-live-state="open"]')).toBeAttached();
  await alive(page);
  await box(page, 'Alone').click();
  await page.mouse.move(0, 0);
  await reply(desk, ticket.id, 'Is it on?', 'wait');
  await expect(page.getByRole('heading', { name: 'No ticket fits' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Waiting on Customer 1' })).toBeVisible();
  await client.open({ title: 'Another' });
  await expect(page.getByRole('main').locator('.row-link')).toHaveText(['Another']);
  await alive(page);
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
    await expect(result(page)).toContainText('2 changed.');
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
  await expect(result(page)).toContainText('2 changed.');
  await inspect(page);
});
