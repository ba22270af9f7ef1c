import type { Rule, RuleAction, RuleFields } from '#lib/api/admin_curation.ts';
import type { AdminCurationMessages } from '#lib/i18n/admin_curation/en.ts';

export const kActions: readonly RuleAction[] = ['pin', 'hide', 'boost', 'hide_out_of_stock', 'sink_out_of_stock'];
export const namesProducts = (action: RuleAction): boolean => action === 'pin' || action === 'hide' || action === 'boost';

export const actionNames = (t: AdminCurationMessages): Record<RuleAction, string> => ({
  pin: t.pin,
  hide: t.hide,
  boost: t.boost,
  hide_out_of_stock: t.hideOut,
  sink_out_of_stock: t.sinkOut,
});

export const actionHints = (t: AdminCurationMessages): Record<RuleAction, string> => ({
  pin: t.pinHint,
  hide: t.hideHint,
  boost: t.boostHint,
  hide_out_of_stock: t.hideOutHint,
  sink_out_of_stock: t.sinkOutHint,
});

export const kNewRule: RuleFields = {
  name: '',
  enabled: true,
  position: 0,
  starts_ms: null,
  ends_ms: null,
  words: null,
  category: null,
  vector: null,
  similarity_min: 0.8,
  action: 'pin',
  products: [],
  place: 1,
  boost: 0.1,
};

export function fieldsOf({ id: _id, outdated: _outdated, ...fields }: Rule): RuleFields {
  return fields;
}

// A time of the field `datetime-local`, which is the visitor's own, and back.
export const toTime = (text: string): number | null => (text === '' ? null : new Date(text).getTime());
export function toText(time: number | null): string {
  if (time === null) return '';
  const local = new Date(time - new Date(time).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
