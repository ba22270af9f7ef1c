// A copy of the sample shop with an admin and an editor, for tests of the admin's pages that change the shop.
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Page } from 'playwright-core';
import { program, sampleData, startService } from './service.ts';

export const password = 'four words in a row';
export type Who = 'admin' | 'editor';
export const emails: Record<Who, string> = { admin: 'admin@example.org', editor: 'editor@example.org' };

export interface AdminShop {
  address: string;
  adminLink: () => Promise<URL>; // a new one; its first visitor becomes an admin
  close: () => Promise<void>;
}

async function must(answer: Response): Promise<Response> {
  if (!answer.ok) throw new Error(`${answer.url}: ${answer.status} ${await answer.text()}`);
  return answer;
}

export async function startAdminShop(flags: readonly string[] = []): Promise<AdminShop> {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'nozama-admin-'));
  const data = path.join(folder, 'data');
  await cp(sampleData, data, { recursive: true });
  const adminLink = async (): Promise<URL> => new URL((await promisify(execFile)(program, ['account', 'admin-link', '--data', data])).stdout.trim());
  const link = await adminLink();
  const service = await startService(data, ['--sign-ins-per-minute', '0', ...flags]);
  const send = (method: string, target: string, body: object, headers: Record<string, string> = {}): Promise<Response> =>
    fetch(service.address + target, { method, headers: { 'Content-Type': 'application/json', ...headers }, body: JSON.stringify(body) }).then(must);
  const admin = await send('POST', '/api/v1/admin-link', { token: link.hash.slice(1), email: emails.admin, password });
  const headers = {
    Cookie: (admin.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '',
    'X-CSRF-Token': ((await admin.json()) as { csrf_token: string }).csrf_token,
  };
  const editor = (await (await send('POST', '/api/v1/accounts', { email: emails.editor, password })).json()) as { account: { id: string } };
  await send('PATCH', `/api/v1/accounts/${editor.account.id}`, { role: 'editor' }, headers);
  const close = async (): Promise<void> => {
    await service.stop();
    await rm(folder, { recursive: true, force: true });
  };
  return { address: service.address, adminLink, close };
}

// Without the form, which has tests of its own.
export async function signInAs(page: Page, address: string, who: Who): Promise<void> {
  const answer = await page.request.post(`${address}/api/v1/session`, { data: { email: emails[who], password } });
  if (!answer.ok()) throw new Error(`no session: ${answer.status()}`);
}

// Tab until one of these elements has the focus.
export async function tabTo(page: Page, selector: string): Promise<void> {
  for (let i = 0; i < 120; ++i) {
    if (await page.locator(selector).evaluateAll((found) => found.some((element) => element === document.activeElement))) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`no Tab leads to ${selector}`);
}
