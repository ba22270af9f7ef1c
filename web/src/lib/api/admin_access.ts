// Who may do what in the shop: accounts, API keys, and the log of what was done.
import { get, send } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];
export type Account = Schemas['Account'];
export type Role = Account['role'];
export type ApiKey = Schemas['ApiKey'];
export type Scope = Exclude<ApiKey['scopes'][number], 'account'>;
export type NewKey = ApiKey & { secret: string };
export type AuditEntry = Schemas['AuditEntry'];

export const kPageSize = 50; // of accounts and of entries

const accountPath = (id: string): string => `/api/v1/accounts/${encodeURIComponent(id)}`;

export const listAccounts = async (text: string, before?: string): Promise<Account[]> =>
  (await get<{ accounts: Account[] }>('/api/v1/accounts', { text: text || undefined, before, limit: kPageSize })).accounts;
export const changeRole = (id: string, role: Role): Promise<Account> => send('PATCH', accountPath(id), { role });
export const deleteAccount = (id: string): Promise<void> => send('DELETE', accountPath(id));

export interface KeyRequest {
  name: string;
  scopes: readonly Scope[];
  origins?: readonly string[];
  days?: number;
}
export const listKeys = async (): Promise<ApiKey[]> => (await get<{ keys: ApiKey[] }>('/api/v1/keys', {})).keys;
export const createKey = (request: KeyRequest): Promise<NewKey> => send('POST', '/api/v1/keys', request);
export const revokeKey = (id: string): Promise<void> => send('DELETE', `/api/v1/keys/${encodeURIComponent(id)}`);

export const listAudit = async (before?: string): Promise<AuditEntry[]> =>
  (await get<{ entries: AuditEntry[] }>('/api/v1/audit', { before, limit: kPageSize })).entries;
