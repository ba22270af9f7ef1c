// Rules by which the shop changes what searches and lists show.
import { get, send, search, type Product } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];
export type Rule = Schemas['CurationRule'];
export type RuleAction = Rule['action'];
export type RuleFields = Omit<Rule, 'id' | 'outdated'>;
export interface RulePreview {
  without: Product[];
  with: Product[];
}
export interface PreviewQuery {
  query_text?: string;
  query_category?: string;
  query_vector?: string;
}

const kRules = '/api/v1/admin/curation';
const rulePath = (id: number): string => `${kRules}/${id}`;

export const listRules = async (): Promise<Rule[]> => (await get<{ rules: Rule[] }>(kRules, {})).rules;
export const getRule = (id: number): Promise<Rule> => get(rulePath(id), {});
export const addRule = (fields: RuleFields): Promise<Rule> => send('POST', kRules, fields);
export const saveRule = (id: number, fields: RuleFields): Promise<Rule> => send('PUT', rulePath(id), fields);
export const removeRule = (id: number): Promise<void> => send('DELETE', rulePath(id));
export const previewRule = (fields: RuleFields, id: number | undefined, query: PreviewQuery, lang: string): Promise<RulePreview> =>
  send('POST', `${kRules}/preview`, { ...fields, ...(id === undefined ? {} : { id }), ...query, lang });

// What stands for a picture in a rule; the picture itself is not kept.
export async function vectorOf(photo: Blob, lang: string): Promise<string> {
  const options = { category: undefined, limit: 1, offset: 0, minScore: undefined, filter: undefined, lang };
  return (await search({ photo, crop: undefined }, options, new AbortController().signal)).query.vector;
}
