// Texts of the page of results, beside those that every page has.
export const en = {
  refineLabel: 'Refine in words',
  refineHint: 'for example: but in green',
  refineApply: 'Refine',
  refineClear: 'Without these words',
  understood: (wishes: string): string => `Looking first for: ${wishes}`,
  notUnderstood: 'Nothing among these results goes by these words.',
  like: 'More like this',
  dislike: 'Less like this',
  likeOf: (title: string): string => `More like “${title}”`,
  dislikeOf: (title: string): string => `Less like “${title}”`,
  judgedTitle: 'Your likes and dislikes',
  takeBack: (what: string): string => `Take back: ${what}`,
  aProduct: 'a product',
};

export type SearchMessages = typeof en;
