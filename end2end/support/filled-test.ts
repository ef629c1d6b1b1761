// The test of journeys that look at every page: the worker's desk is filled once.

import { Desk } from './desk';
import { fill, type Filled } from './filled';
import { test as base } from './test';

export const test = base.extend<object, { desk: Desk; filled: Filled }>({
  desk: [
    async ({}, use) => {
      const desk = await Desk.startWithAdmin();
      await use(desk);
      await desk.stop();
    },
    { scope: 'worker' },
  ],
  filled: [async ({ desk }, use) => use(await fill(desk)), { scope: 'worker', timeout: 60_000 }],
});
