// The customer's side of a conversation, with script and without: write, read the answer, open again what was thought done.

import { inspect } from '../support/checks';
import { docx, pdf, png } from '../support/files';
import { expect, logIn, test } from '../support/test';
import { fileField } from '../support/tickets';
import { asStaff, entries, note, reply, say } from '../support/conversation';

test('a question, an answer, and a file that shows it', async ({ page, customer, desk, hasScript }) => {
  test.slow();
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Printer prints stripes' });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await say(page, 'It is the one in the **hall**:\n\n- tray 1\n- tray 2\n\nSee https://example.com/manual <script>alert(1)</script>', [
    png(),
    docx(),
  ]);
  const mine = entries(page).filter({ hasText: 'It is the one in the hall' });
  await expect(mine).toHaveCount(1);
  await expect(mine.locator('.written strong')).toHaveText('hall');
  await expect(mine.locator('.written li')).toHaveText(['tray 1', 'tray 2']);
  await expect(mine.locator('.written a')).toHaveAttribute('rel', 'nofollow noopener noreferrer ugc');
  await expect(mine, 'HTML is text').toContainText('<script>alert(1)</script>');
  await expect(mine.getByRole('link', { name: 'Download steps.docx' }).last()).toBeVisible();
  await expect(page.getByLabel('Your reply'), 'what was sent is not written any more').toHaveValue('');

  await reply(desk, ticket.id, 'Please press `Reset`.', 'wait');
  await note(desk, ticket.id, 'They have the old firmware.');
  await page.goto(`/tickets/${ticket.id}`);
  const answer = entries(page).filter({ hasText: 'Please press Reset.' });
  await expect(answer).toContainText('Support');
  await expect(answer.locator('code')).toHaveText('Reset');
  await expect(page.getByText('Support waits for your answer')).toBeVisible();
  await expect(page.getByText('We need something from you')).toBeVisible();
  const html = await page.content();
  for (const secret of ['old firmware', 'Internal note', 'Sam Weber']) expect(html).not.toContain(secret);
  if (hasScript) await inspect(page);

  await say(page, 'Done.');
  await expect(page.getByText('You opened this ticket again')).toBeVisible();
  await expect(page.getByText('We need something from you')).toHaveCount(0);
});

test('what was thought done is open again with a reply; what is closed takes none', async ({ page, customer, desk }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Lamp flickers' });
  await reply(desk, ticket.id, 'We changed the bulb.', 'resolve');
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await expect(page.getByText('We think this is done')).toBeVisible();
  await say(page, 'It still flickers.');
  await expect(page.getByText('You opened this ticket again')).toBeVisible();
  await page.getByText('Close ticket').click();
  await page.getByRole('button', { name: 'Close it' }).click();
  await expect(page.getByText('This ticket is closed.')).toBeVisible();
  await expect(page.getByLabel('Your reply')).toHaveCount(0);
});

test('a refused reply says why and keeps the words', async ({ page, customer, desk, guard, hasScript }) => {
  guard.expect(400);
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'Nine files', files: Array.from({ length: 9 }, (_, n) => pdf(`${n}.pdf`)) });
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await say(page, '   ');
  await expect(page.getByLabel('Your reply')).toHaveAttribute('aria-invalid', 'true');
  if (hasScript) return;
  await page.getByLabel('Your reply').fill('Here are two more');
  await fileField(page).setInputFiles([pdf('a.pdf'), pdf('b.pdf')]);
  await page.getByRole('button', { name: 'Send reply' }).click();
  await expect(page.getByText(/"b.pdf"/)).toBeVisible();
  await expect(page.getByLabel('Your reply')).toHaveValue('Here are two more');
  await expect(page.getByText('Please choose your files again.')).toBeVisible();
});

test('a long conversation has pages', async ({ page, customer, desk }) => {
  const client = await desk.client(await desk.pin(customer.username));
  const ticket = await client.open({ title: 'A long story' });
  for (let chapter = 1; chapter <= 55; chapter += 1) await client.reply(ticket.id, `Chapter ${chapter}.`);
  await logIn(page, customer.pin);
  await page.goto(`/tickets/${ticket.id}`);
  await expect(page.getByText('Chapter 55.')).toBeVisible();
  await expect(page.getByText('Chapter 1.', { exact: true })).toHaveCount(0);
  await page.getByRole('link', { name: 'Show what was before' }).click();
  await expect(page.getByText('Chapter 1.', { exact: true })).toBeVisible();
  await expect(page.getByText('You opened this ticket')).toBeVisible();
  await page.getByRole('link', { name: 'Show what came after' }).click();
  await expect(page.getByText('Chapter 55.')).toBeVisible();
});

test("nobody replies to somebody else's ticket", async ({ page, customer, desk }) => {
  const other = await desk.customer('Ben Okafor');
  const ticket = await (await desk.client(other.pin)).open({ title: 'Private' });
  await logIn(page, customer.pin);
  for (const endpoint of ['reply', 'add_note']) {
    const answer = await page.request.post(`/fn/${endpoint}`, {
      multipart: { id: String(ticket.id), body: 'Hello' },
      headers: { 'sec-fetch-site': 'same-origin' },
    });
    expect(answer.status(), endpoint).toBe(endpoint === 'reply' ? 404 : 403);
  }
  await asStaff(desk, `/admin/tickets/${ticket.id}`).then((html) => expect(html).not.toContain('Hello'));
});
