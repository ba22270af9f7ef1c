// What is typed into a field of a product → a change of it (docs/merchant_api.md), or what is wrong with it. No DOM.
import type { ProductPatch, ProductRow } from './api/admin_products';

export type EditedField = 'title' | 'brand' | 'category' | 'price' | 'stock';
export type FieldFault = 'needsTitle' | 'badPrice' | 'badStock';

// "12,50", "1234.5" and "12" → as the API takes it; undefined = no price.
export function readPrice(text: string): string | undefined {
  const tidy = text.trim().replace(',', '.');
  return /^\d+(\.\d+)?$/.test(tidy) ? tidy : undefined;
}

export function readStock(text: string): number | undefined {
  const tidy = text.trim();
  return /^\d{1,15}$/.test(tidy) ? Number(tidy) : undefined;
}

export const readCategory = (text: string): string[] | null => {
  const steps = text.split('>').map((step) => step.trim()).filter(Boolean);
  return steps.length === 0 ? null : steps;
};

// The API reads titles and descriptions as feeds write them, as HTML; what people type here is meant as it stands.
export const asHtml = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
export const fromHtml = (text: string): string => text.replaceAll('&lt;', '<').replaceAll('&amp;', '&');

// A title goes to the language that it is of.
export const titlePatch = (lang: string, title: string): ProductPatch => (lang === '' ? { title: asHtml(title) } : { texts: { [lang]: { title: asHtml(title) } } });

export function patchOf(row: ProductRow, field: EditedField, text: string): ProductPatch | FieldFault {
  const tidy = text.trim();
  switch (field) {
    case 'title':
      return tidy === '' ? 'needsTitle' : titlePatch(row.title_lang, tidy);
    case 'brand':
      return { brand: tidy === '' ? null : tidy };
    case 'category':
      return { category: readCategory(tidy) };
    case 'price': {
      if (tidy === '') return { price: null };
      const price = readPrice(tidy);
      return price === undefined ? 'badPrice' : { price };
    }
    case 'stock': {
      if (tidy === '') return { stock: null };
      const stock = readStock(tidy);
      return stock === undefined ? 'badStock' : { stock };
    }
  }
}

// Places of two neighbours exchanged; the same list where there is none.
export function moved<T>(list: readonly T[], from: number, by: -1 | 1): T[] {
  const result = [...list];
  const [one, other] = [result[from], result[from + by]];
  if (one === undefined || other === undefined) return result;
  result[from] = other;
  result[from + by] = one;
  return result;
}
