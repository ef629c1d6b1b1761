import { defineConfig, devices } from '@playwright/test';

const shots = process.env.SHOTS === '1';
const chrome = {
  ...devices['Desktop Chrome'],
  viewport: { width: 1440, height: 900 },
  locale: 'en-GB',
  timezoneId: 'UTC',
  launchOptions: {
    executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  },
};

export default defineConfig({
  testDir: 'tests',
  outputDir: 'test-results',
  fullyParallel: true,
  workers: 2,
  // On a busy machine a journey may run out of time; it gets a second try there and is reported as flaky.
  retries: process.env.CI === undefined ? 0 : 1,
  forbidOnly: process.env.CI !== undefined,
  timeout: 60_000,
  expect: { timeout: 10_000 },
  reporter: 'list',
  use: { trace: 'retain-on-failure', screenshot: 'only-on-failure', actionTimeout: 15_000, navigationTimeout: 20_000 },
  projects: [
    // `@shots` writes pictures for people; run it with `npm run shots`.
    { name: 'with script', use: chrome, grep: shots ? /@shots/ : undefined, grepInvert: shots ? undefined : /@shots/ },
    {
      name: 'without script',
      use: { ...chrome, javaScriptEnabled: false },
      testMatch: /customer-.*\.spec\.ts/,
      grepInvert: /@script|@shots/,
    },
  ],
});
