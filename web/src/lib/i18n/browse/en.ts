// Texts of lists of products and their filters.
export const en = {
  filters: 'Filters',
  showFilters: 'Filter',
  showResults: (n: string) => `Show ${n} products`,
  clearFilters: 'Clear all',
  category: 'Category',
  allCategories: 'All categories',
  price: 'Price',
  priceFrom: 'Lowest price',
  priceTo: 'Highest price',
  priceRange: (from: string, to: string) => `${from} to ${to}`,
  brand: 'Brand',
  colour: 'Colour',
  rating: 'Stars',
  ratingFrom: (stars: string) => `${stars} stars and more`,
  anyRating: 'Any',
  inStock: 'In stock only',
  withCount: (name: string, count: string) => `${name}, ${count} products`,
  allProducts: 'All products',
  foundFor: (text: string) => `“${text}”`,
  nothingTitle: 'Nothing found',
  nothingText: 'No product has all of these words. Try fewer or other words, or search with a photo.',
  nothingFiltered: 'No product fulfils all of these filters.',
};

export type BrowseMessages = typeof en;
