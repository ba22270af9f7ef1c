// Numbers and names as people of one language read them. No DOM.
import type { Attribute } from './api/client';

export function formatPrice(price: number | null, currency: string | null, lang: string): string {
  if (price === null) return '';
  if (currency === null) return new Intl.NumberFormat(lang, { maximumFractionDigits: 2 }).format(price);
  try {
    return new Intl.NumberFormat(lang, { style: 'currency', currency }).format(price);
  } catch {
    return `${price} ${currency}`; // not an ISO code
  }
}

// "<1 %" rather than "0 %": a chip that is offered is not impossible.
export function formatProbability(probability: number, lang: string): string {
  const format = new Intl.NumberFormat(lang, { style: 'percent', maximumFractionDigits: 0 });
  return probability > 0 && probability < 0.01 ? `<${format.format(0.01)}` : format.format(probability);
}

export function formatNumber(value: number, lang: string, digits = 0): string {
  return new Intl.NumberFormat(lang, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

// How full each of five stars is, in quarters.
// "31 Jan 2026"; with the time of day where it is wanted.
export function formatDay(time: string, lang: string, withTime = false): string {
  return new Intl.DateTimeFormat(lang, { dateStyle: 'medium', ...(withTime ? { timeStyle: 'short' } : {}) }).format(new Date(time));
}

export function starFills(rating: number): number[] {
  return [0, 1, 2, 3, 4].map((i) => Math.round(Math.min(Math.max(rating - i, 0), 1) * 4) / 4);
}

// No side of a picture is longer than that (docs/openapi.yaml, getPicture).
const kPictureWidths = [160, 320, 640, 1280] as const;
export type PictureWidth = (typeof kPictureWidths)[number];

// "/media/ab…/320.webp" at another width; anything else stays as it is.
export function pictureUrl(url: string, width: PictureWidth): string {
  return url.replace(/\/(160|320|640|1280)\.webp$/, `/${width}.webp`);
}

// Nothing for a picture that is not of this server.
export function pictureSrcset(url: string, largest: PictureWidth = 640): string | undefined {
  if (pictureUrl(url, 160) === url && pictureUrl(url, 320) === url) return undefined;
  return kPictureWidths.filter((width) => width <= largest).map((width) => `${pictureUrl(url, width)} ${width}w`).join(', ');
}

export interface Credit {
  creator: string;
  licence: string;
  source: string;
}

const kCreditNames: readonly string[] = ['creator', 'licence', 'license', 'source'];
const kSizeNames: readonly string[] = ['width_cm', 'depth_cm', 'height_cm'];

const valueOf = (attributes: readonly Attribute[], name: string): string => attributes.find((a) => a.name === name)?.value ?? '';

export function creditOf(attributes: readonly Attribute[]): Credit | undefined {
  const creator = valueOf(attributes, 'creator');
  const licence = valueOf(attributes, 'licence') || valueOf(attributes, 'license');
  if (creator === '' && licence === '') return undefined;
  return { creator, licence, source: valueOf(attributes, 'source') };
}

// "60 × 40 × 90 cm" when all three are known: width, depth, height.
export function sizeOf(attributes: readonly Attribute[], lang: string): string | undefined {
  const sides = kSizeNames.map((name) => Number(valueOf(attributes, name) || NaN));
  if (sides.some((side) => !Number.isFinite(side))) return undefined;
  return `${sides.map((side) => new Intl.NumberFormat(lang, { maximumFractionDigits: 1 }).format(side)).join(' × ')} cm`;
}

// Without what the page shows elsewhere.
export function plainAttributes(attributes: readonly Attribute[], lang: string): Attribute[] {
  const sized = sizeOf(attributes, lang) !== undefined;
  return attributes.filter((a) => a.value !== '' && !kCreditNames.includes(a.name) && !(sized && kSizeNames.includes(a.name)));
}

// "seat_height_cm" → "Seat height (cm)"
export function attributeLabel(name: string): string {
  const match = /^(.*)_(cm|mm|m|kg|g|l|w)$/.exec(name);
  const words = (match?.[1] ?? name).replaceAll('_', ' ').trim();
  const label = words.charAt(0).toUpperCase() + words.slice(1);
  return match ? `${label} (${match[2]})` : label;
}

// "light-grey" → "Light grey"
export function keyLabel(key: string): string {
  const words = key.replaceAll(/[-_]+/g, ' ').trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// Deed of a Creative Commons licence, for a link; nothing for others.
export function licenceUrl(licence: string): string | undefined {
  const text = licence.trim().toUpperCase();
  if (/^CC[- ]?0/.test(text)) return 'https://creativecommons.org/publicdomain/zero/1.0/';
  const match = /^CC[- ]BY(-SA)?[- ](\d\.\d)(?:[- ]([A-Z]{2}))?$/.exec(text);
  if (!match) return undefined;
  const country = match[3] ? `${match[3].toLowerCase()}/` : '';
  return `https://creativecommons.org/licenses/by${(match[1] ?? '').toLowerCase()}/${match[2]}/${country}`;
}

// Only addresses that a browser may safely follow.
export function safeUrl(url: string | null | undefined): string | undefined {
  if (!url) return undefined;
  try {
    const parsed = new URL(url);
    return parsed.protocol === 'https:' || parsed.protocol === 'http:' ? parsed.href : undefined;
  } catch {
    return undefined;
  }
}
