// What a checkout form must fulfil before it is sent. The server has the last word. No DOM.
import type { FailureCode } from './api/client';
import type { Draft } from './orders.svelte';

export type FieldName = keyof Draft;
export type FieldFault = 'needed' | 'email' | 'other';
export type Faults = Partial<Record<FieldName, FieldFault>>;

export const kFieldNames = ['name', 'email', 'phone', 'street', 'street2', 'postal_code', 'city', 'region', 'country', 'note'] as const satisfies readonly FieldName[];
const kNeeded: readonly FieldName[] = ['name', 'email', 'street', 'city', 'country'];
export const isNeeded = (name: FieldName): boolean => kNeeded.includes(name);

export function faultsOf(draft: Draft): Faults {
  const faults: Faults = {};
  for (const name of kNeeded) if (draft[name].trim() === '') faults[name] = 'needed';
  if (faults.email === undefined && !/^[^\s@,;<>"]+@[^\s@,;<>"]+$/.test(draft.email.trim())) faults.email = 'email';
  return faults;
}

// "bad_email" → email; nothing for what is wrong with no field.
export function fieldOf(code: FailureCode): FieldName | undefined {
  return kFieldNames.find((name) => code === `bad_${name}`);
}

// ISO 3166-1; their names come from the browser.
export const kCountries: readonly string[] = (
  'AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY ' +
  'CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT ' +
  'JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL ' +
  'NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM ' +
  'TN TO TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW'
).split(' ');

export function countriesByName(lang: string): { code: string; name: string }[] {
  const names = new Intl.DisplayNames([lang], { type: 'region' });
  const countries = kCountries.map((code) => ({ code, name: names.of(code) ?? code }));
  return countries.sort((a, b) => a.name.localeCompare(b.name, lang));
}

// Where the browser says it is, for a first guess.
export function likelyCountry(languages: readonly string[]): string {
  for (const tag of languages) {
    try {
      const region = new Intl.Locale(tag).region ?? '';
      if (kCountries.includes(region)) return region;
    } catch {
      // not a language tag
    }
  }
  return '';
}
