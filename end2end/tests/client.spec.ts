// The description of the API is good enough for a machine: a client is generated from it, compiled, and used.

import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { roundTrip } from '../support/client';
import { png } from '../support/files';
import { expect, test } from '../support/test';

const root = resolve(__dirname, '..');

test('a client made from docs/openapi.json compiles and does its work', async ({ desk, customer }) => {
  test.slow();
  const description = JSON.parse(readFileSync(join(root, '../docs/openapi.json'), 'utf8'));
  const served = await (await fetch(`${desk.url}/api/schema/`)).json();
  expect(served, 'the desk serves the description that is kept').toEqual(description);

  // Both are ES modules, and these tests are not. It refuses a description that is not valid.
  const { default: openapiTS, astToString } = await import('openapi-typescript');
  const ts = await import('typescript');
  const blob = ts.default.factory.createTypeReferenceNode('Blob');
  const types = await openapiTS(description, { transform: (schema) => (schema.format === 'binary' ? blob : undefined) });
  mkdirSync(join(root, 'generated'), { recursive: true });
  writeFileSync(join(root, 'generated/api.d.ts'), astToString(types));
  const compiler = join(root, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--target', 'es2022', '--module', 'esnext', '--moduleResolution', 'bundler'];
  execFileSync(process.execPath, [compiler, ...options, 'support/client.ts'], { cwd: root, stdio: 'pipe', encoding: 'utf8' });

  const picture = png('a.png');
  const bytes = new Uint8Array(picture.buffer);
  const seen = await roundTrip(desk.url, customer.pin, new File([bytes], picture.name, { type: 'image/png' }));
  expect(new Uint8Array(await seen.picture.arrayBuffer())).toEqual(bytes);
  expect({ ...seen, picture: undefined }).toEqual({
    username: customer.username,
    title: 'By a client',
    category: true,
    picture: undefined,
    refused: ['This field may not be blank.'],
    body: 'One word more.',
    kinds: ['replied', 'ticket_opened'],
    found: [true],
    draft: { body: 'Dear' },
    over: 401,
  });
});
