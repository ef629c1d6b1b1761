// Short ways through a conversation.

import type { Page } from '@playwright/test';
import type { Desk, NewFile } from './desk';
import { expect } from './test';
import { fileField } from './tickets';

/** What was said and what happened, oldest first. */
export const entries = (page: Page) => page.locator('.entries > li');

/** Writes a reply on a customer's ticket page and sends it. */
export async function say(page: Page, words: string, files: NewFile[] = []): Promise<void> {
  const before = page.url();
  await page.getByLabel('Your reply').fill(words);
  if (files.length > 0) {
    await fileField(page).setInputFiles(files);
    const rows = page.getByRole('list', { name: 'Chosen files' }).getByRole('listitem');
    if (await page.locator('.on-touch.is-live').count()) await expect(rows).toHaveCount(files.length);
  }
  await page.getByRole('button', { name: 'Send reply' }).click();
  if (words.trim() !== '') await expect(page).not.toHaveURL(before);
}

async function post(desk: Desk, endpoint: string, fields: Record<string, string>): Promise<void> {
  const { agent } = await desk.staff();
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) body.set(name, value);
  const answer = await fetch(`${desk.url}/fn/${endpoint}`, {
    method: 'POST',
    headers: { 'sec-fetch-site': 'same-origin', cookie: agent.map(({ name, value }) => `${name}=${value}`).join('; ') },
    body,
  });
  if (!answer.ok) throw new Error(`${endpoint}: ${answer.status} ${await answer.text()}`);
}

/** A reply by the agent Sam Weber. */
export const reply = (desk: Desk, id: number, body: string, then = 'stay') =>
  post(desk, 'reply', { id: String(id), body, then });

/** An internal note by the agent Sam Weber. */
export const note = (desk: Desk, id: number, body: string) => post(desk, 'add_note', { id: String(id), body });

/** A page as the agent sees it. */
export async function asStaff(desk: Desk, path: string): Promise<string> {
  const { agent } = await desk.staff();
  const cookie = agent.map(({ name, value }) => `${name}=${value}`).join('; ');
  return (await fetch(`${desk.url}${path}`, { headers: { cookie } })).text();
}
