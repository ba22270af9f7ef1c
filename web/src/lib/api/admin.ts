// What the shop's people see and change, as functions.
import { get, send } from './client';
import type { components, operations } from './schema';

type Schemas = components['schemas'];
export type Analytics = Schemas['Analytics'];
export type RecallHour = Schemas['RecallHours']['hours'][number];
export type QueryPage = Schemas['QueryPage'];
export type LoggedQuery = QueryPage['queries'][number];
export type Replay = Schemas['Replay'];
export type QueryKind = NonNullable<NonNullable<operations['listQueries']['parameters']['query']>['kind']>;

export interface Days {
  from: string; // "2026-01-31", both within
  to: string;
}

export const getAnalytics = (days: Days): Promise<Analytics> => get('/api/v1/admin/analytics', { ...days });
export const getRecall = async (days: Days): Promise<RecallHour[]> => (await get<Schemas['RecallHours']>('/api/v1/admin/recall', { ...days })).hours;

export interface QueryFilter {
  kind?: QueryKind;
  without_results: boolean;
  slower_than_ms?: number;
  after?: string;
}

export const getQueries = (filter: QueryFilter): Promise<QueryPage> =>
  get('/api/v1/admin/queries', { ...filter, without_results: String(filter.without_results) });
export const replayQuery = (id: string): Promise<Replay> => send('POST', `/api/v1/admin/queries/${encodeURIComponent(id)}/replay`);
