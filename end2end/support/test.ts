// The test that every journey uses: a server for each worker, a guarded browser, and short ways to log in.

import { test as base, expect, type BrowserContext, type Page } from '@playwright/test';
import { Desk, PASSWORD, type Customer } from './desk';
import { Guard } from './guard';

export { expect, PASSWORD };
export type { Page };

type Workers = {
  /** The server that the journeys of one worker share. */
  desk: Desk;
};

type Journeys = {
  /** Who the journey begins as. */
  as: 'nobody' | 'admin' | 'agent';
  guard: Guard;
  /** A customer of this journey alone, with an unused PIN. */
  customer: Customer;
  /** Opens a second browser, guarded like the first. */
  another: () => Promise<Page>;
  /** Whether pages run their script. */
  hasScript: boolean;
};

export const test = base.extend<Journeys, Workers>({
  desk: [
    async ({}, use) => {
      const desk = await Desk.startWithAdmin();
      await use(desk);
      await desk.stop();
    },
    { scope: 'worker', timeout: 60_000 },
  ],
  as: ['nobody', { option: true }],
  baseURL: async ({ desk }, use) => use(desk.url),
  hasScript: async ({ javaScriptEnabled }, use) => use(javaScriptEnabled !== false),
  guard: async ({ baseURL, hasScript }, use) => {
    const guard = new Guard(baseURL ?? '', hasScript);
    await use(guard);
    guard.check();
  },
  context: async ({ context, guard, as, desk }, use) => {
    guard.watch(context);
    if (as !== 'nobody') await context.addCookies((await desk.staff())[as]);
    await use(context);
  },
  customer: async ({ desk }, use) => use(await desk.customer()),
  another: async ({ browser, baseURL, guard, contextOptions, viewport, locale, timezoneId, javaScriptEnabled }, use) => {
    const opened: BrowserContext[] = [];
    await use(async () => {
      const context = await browser.newContext({ ...contextOptions, baseURL, viewport, locale, timezoneId, javaScriptEnabled });
      guard.watch(context);
      opened.push(context);
      return context.newPage();
    });
    await Promise.all(opened.map((context) => context.close()));
  },
});

export const pinField = (page: Page) => page.getByLabel('Support PIN');

/** What every log-in by PIN leads to: whose access it is, with the way out and the way on. */
export const whose = (page: Page) => page.getByRole('heading', { level: 1, name: /^You are in as / });

/** Reads whose access it is, and goes on. */
export async function goOn(page: Page): Promise<void> {
  await expect(whose(page)).toBeVisible();
  await page.getByRole('link', { name: 'Go on' }).click();
  await expect(page).not.toHaveURL(/\/welcome/);
}

/** Logs a customer in on the start page. */
export async function logIn(page: Page, pin: string, from = '/'): Promise<void> {
  await page.goto(from);
  await pinField(page).fill(pin);
  await page.getByRole('button', { name: 'Log in' }).click();
  await goOn(page);
  await expect(page).toHaveURL(/\/tickets/);
}

/** Logs staff in on the staff's login page. */
export async function logInStaff(page: Page, username: string, password = PASSWORD): Promise<void> {
  await page.goto('/admin/login');
  await page.getByLabel('Username').fill(username);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Log in' }).click();
  await expect(page).toHaveURL(/\/admin$/);
}
