// A cart as values. No DOM.
import type { CartRequest, CheckedLine } from './api/orders';

export interface CartLine {
  productId: string;
  variant: string | null;
  title: string;
  variantTitle: string | null;
  imageUrl: string | null;
  quantity: number;
  price: number; // of one, in major units, as the shopper saw it
  currency: string;
}

export const kCartLinesMax = 100;
export const kQuantityMax = 999;

const isSame = (a: Pick<CartLine, 'productId' | 'variant'>, b: Pick<CartLine, 'productId' | 'variant'>): boolean =>
  a.productId === b.productId && a.variant === b.variant;

const textOrNull = (value: unknown): string | null => (typeof value === 'string' && value !== '' ? value : null);

// What storage holds may be of another version, or anybody's: only whole lines are taken.
export function parseCart(stored: string | null): CartLine[] {
  let values: unknown;
  try {
    values = JSON.parse(stored ?? '[]');
  } catch {
    return [];
  }
  if (!Array.isArray(values)) return [];
  return values.slice(0, kCartLinesMax).flatMap((value: Partial<CartLine> | null): CartLine[] => {
    if (typeof value?.productId !== 'string' || typeof value.price !== 'number' || typeof value.currency !== 'string') return [];
    if (!Number.isInteger(value.quantity)) return [];
    return [
      {
        productId: value.productId,
        variant: textOrNull(value.variant),
        title: textOrNull(value.title) ?? value.productId,
        variantTitle: textOrNull(value.variantTitle),
        imageUrl: textOrNull(value.imageUrl),
        quantity: clampQuantity(value.quantity ?? 1),
        price: value.price,
        currency: value.currency,
      },
    ];
  });
}

export function clampQuantity(quantity: number): number {
  return Number.isFinite(quantity) ? Math.min(Math.max(Math.round(quantity), 1), kQuantityMax) : 1;
}

// More of what is there already; otherwise a new line. A full cart stays as it is.
export function withLine(lines: readonly CartLine[], added: CartLine): CartLine[] {
  const there = lines.find((line) => isSame(line, added));
  if (there === undefined) return lines.length < kCartLinesMax ? [...lines, added] : [...lines];
  return lines.map((line) => (line === there ? { ...added, quantity: clampQuantity(line.quantity + added.quantity) } : line));
}

export const withQuantity = (lines: readonly CartLine[], of: CartLine, quantity: number): CartLine[] =>
  lines.map((line) => (isSame(line, of) ? { ...line, quantity: clampQuantity(quantity) } : line));

export const without = (lines: readonly CartLine[], gone: readonly CartLine[]): CartLine[] => lines.filter((line) => !gone.some((one) => isSame(one, line)));

// A line without a variant is answered with the product's first one.
export const answerFor = (checked: readonly CheckedLine[], line: CartLine): CheckedLine | undefined =>
  checked.find((one) => one.product_id === line.productId && (line.variant === null || one.variant === line.variant));

// The catalogue's word on title, picture and price; quantities stay the shopper's.
export function withAnswer(lines: readonly CartLine[], checked: readonly CheckedLine[]): CartLine[] {
  return lines.map((line) => {
    const now = answerFor(checked, line);
    if (now === undefined || now.problem === 'product_gone' || now.problem === 'variant_gone' || now.problem === 'no_price') return line;
    return { ...line, title: now.title, variantTitle: now.variant_title, imageUrl: now.image_url, price: now.price, currency: now.currency };
  });
}

export function cartRequest(lines: readonly CartLine[], lang: string): CartRequest {
  return {
    currency: lines[0]?.currency ?? 'EUR',
    lang,
    lines: lines.map((line) => ({ product_id: line.productId, variant: line.variant, quantity: line.quantity, price: line.price })),
  };
}

// In whole minor units, as the server counts, so that no cent is lost on the way.
export function totalOf(lines: readonly { price: number; quantity: number }[], currency: string): number {
  let digits = 2;
  try {
    digits = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;
  } catch {
    // not an ISO code
  }
  const unit = 10 ** digits;
  return lines.reduce((sum, line) => sum + Math.round(line.price * unit) * line.quantity, 0) / unit;
}
