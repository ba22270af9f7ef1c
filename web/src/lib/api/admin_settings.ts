// What can be set while the shop runs: the query log and webhooks.
import { get, send } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];
export type Webhook = Schemas['Webhook'];
export type NewWebhook = Webhook & { secret: string };
export type Delivery = Schemas['Delivery'];

export const isLogOn = async (): Promise<boolean> => (await get<Schemas['QueryLogState']>('/api/v1/admin/query-log', {})).enabled;
export const setLog = async (enabled: boolean): Promise<boolean> => (await send<Schemas['QueryLogState']>('PUT', '/api/v1/admin/query-log', { enabled })).enabled;

const kWebhooks = '/api/v1/webhooks';
const webhookPath = (id: string): string => `${kWebhooks}/${encodeURIComponent(id)}`;

export const listWebhooks = async (): Promise<Webhook[]> => (await get<{ webhooks: Webhook[] }>(kWebhooks, {})).webhooks;
export const addWebhook = (url: string): Promise<NewWebhook> => send('POST', kWebhooks, { url });
export const removeWebhook = (id: string): Promise<void> => send('DELETE', webhookPath(id));
export const pingWebhook = (id: string): Promise<Delivery> => send('POST', `${webhookPath(id)}/ping`);
export const listDeliveries = async (id: string, limit: number): Promise<Delivery[]> =>
  (await get<{ deliveries: Delivery[] }>(`${webhookPath(id)}/deliveries`, { limit })).deliveries;
