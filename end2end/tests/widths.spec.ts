// Words of any length: no page is wider than its window, on phones and desks.

import { note, reply } from '../support/conversation';
import { sendForm, type Desk } from '../support/desk';
import { pdf, png } from '../support/files';
import { customerPages, fillAccess, idOf, staffPages, type Filled } from '../support/filled';
import { expect, logIn, test, type Page } from '../support/test';

const WIDTHS = [360, 390, 768, 1280];
const ADDRESS = `https://files.example.com/${'a-very-long-folder-name/'.repeat(4)}${'x'.repeat(18)}`;
const WORD = 'Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft'.repeat(2);
const LONG = `${ADDRESS}\n\n${WORD}\n\n- ${WORD}\n\n> ${WORD}\n\n\`${WORD}\`\n\n\`\`\`\n${WORD.repeat(3)}\n\`\`\`\n\n**${WORD}**`;

/** The page's address where it is wider than its window, with what sticks out. */
async function tooWide(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const root = document.documentElement;
    if (Math.max(root.scrollWidth, document.body.scrollWidth) <= window.innerWidth) return [];
    const out = [...document.body.querySelectorAll('*')].filter(
      (element) => element.getBoundingClientRect().right > window.innerWidth + 1,
    );
    return out.slice(-4).map((element) => `${element.tagName.toLowerCase()}.${element.className}`);
  });
}

async function look(page: Page, path: string): Promise<void> {
  await page.goto(path);
  for (const details of await page.locator('main details').all()) {
    await details.evaluate((element) => element.setAttribute('open', ''));
  }
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    expect.soft(await tooWide(page), `${path} at ${width}`).toEqual([]);
  }
}

/** Somebody whose every name is long, and a ticket of long words. */
async function fillWide(desk: Desk): Promise<Filled> {
  const username = `${'ana.maria.da.silva.'.repeat(3)}x@mail.example`.slice(-62);
  const { admin } = await desk.staff();
  const long = WORD.slice(0, 140);
  await desk.call(['customer', 'create', username, '--name', long, '--email', username, '--json']);
  const customer = { username, name: long, pin: await desk.pin(username) };
  const client = await desk.client(customer.pin);
  await sendForm(`${desk.url}/admin/categories?fn=add_category`, { name: WORD.slice(0, 50) }, admin);
  const files = [pdf(`${WORD}.pdf`), png(`${'x'.repeat(120)}.png`)];
  const ticket = await client.open({ title: ADDRESS, description: LONG, category: WORD.slice(0, 50), files });
  await client.open({ title: WORD, description: WORD });
  await client.reply(ticket.id, LONG);
  await reply(desk, ticket.id, LONG, 'wait');
  await note(desk, ticket.id, LONG);
  const name = WORD.slice(0, 150);
  await sendForm(`${desk.url}/admin/staff/1?fn=update_staff_member`, { id: '1', username: 'mia', name, email: '' }, admin);
  await sendForm(
    `${desk.url}/admin/tickets/${ticket.id}?fn=staff_update_ticket`,
    { id: String(ticket.id), assignee: '1', shown_assignee: 'none' },
    admin,
  );
  await desk.pin(customer.username);
  const sensitive = await desk.customer(WORD.slice(0, 140), 'b'.repeat(60));
  const access = await fillAccess(desk, ticket, sensitive.username);
  return { customer, ticket, customerId: await idOf(desk, username), ...access };
}

test('no page is wider than its window, whatever the words', async ({ page, desk, another, guard }) => {
  test.setTimeout(300_000);
  guard.expect(404);
  guard.expect(403);
  const filled = await fillWide(desk);
  await logIn(page, await desk.pin(filled.customer.username));
  for (const path of Object.values(customerPages(filled))) await look(page, path);
  await look(page, `/tickets?q=${WORD.slice(0, 30)}`);
  await look(page, `/tickets?status=${WORD}`);

  const staff = await another();
  await staff.context().addCookies((await desk.staff()).admin);
  for (const path of Object.values(staffPages(filled))) await look(staff, path);
  await look(staff, `/admin/tickets?q=${WORD.slice(0, 30)}`);
  await look(staff, `/admin/tickets?customer=${WORD}&q=${WORD}`);
  await look(staff, `/admin/tickets?assignee=${WORD}`);
  await staff.goto(`/admin/customers/${filled.customerId}`);
  await staff.getByRole('button', { name: 'Issue a PIN' }).click();
  await expect(staff.locator('#issued-pin')).toBeVisible();
  for (const width of WIDTHS) {
    await staff.setViewportSize({ width, height: 900 });
    expect.soft(await tooWide(staff), `an issued PIN at ${width}`).toEqual([]);
  }
});

test('what belongs together stays together', async ({ page, desk, customer, another }) => {
  const { agent } = await desk.staff();
  const client = await desk.client(await desk.pin(customer.username));
  await client.open({ title: ADDRESS });
  await logIn(page, customer.pin);
  for (const width of [360, 390]) {
    await page.setViewportSize({ width, height: 844 });
    const lines = await page.getByText('Log out', { exact: true }).evaluate((words) => {
      const range = document.createRange();
      range.selectNodeContents(words);
      return range.getClientRects().length;
    });
    expect(lines, `the words of Log out at ${width}`).toBe(1);
  }

  const staff = await another();
  await staff.context().addCookies(agent);
  await staff.setViewportSize({ width: 390, height: 844 });
  await staff.goto(`/admin/customers?q=${customer.username}`);
  await staff.getByRole('link', { name: customer.name }).click();
  await expect(staff.getByRole('link', { name: 'Issue a PIN' }), 'the way down to the form is a button').toHaveClass(/\bbtn\b/);
  await staff.setViewportSize({ width: 1440, height: 900 });
  await expect(staff.getByRole('link', { name: 'Issue a PIN' })).toBeHidden();
  const row = staff.getByRole('row').filter({ hasText: ADDRESS });
  const tops = await row.evaluate((element) => {
    const top = (of: string) => element.querySelector(of)?.getClientRects()[0].top ?? Number.NaN;
    return [top('.unread'), top('.row-link bdi')];
  });
  expect(Math.abs(tops[0] - tops[1]), 'the mark of something new is beside the first line').toBeLessThan(16);
});
