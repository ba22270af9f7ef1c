import type { SearchMessages } from './en';

export const messages: SearchMessages = {
  refineLabel: 'Mit Worten verfeinern',
  refineHint: 'zum Beispiel: aber in Grün',
  refineApply: 'Verfeinern',
  refineClear: 'Ohne diese Worte',
  understood: (wishes: string): string => `Zuerst gesucht: ${wishes}`,
  notUnderstood: 'Nach diesen Worten unterscheidet sich hier nichts.',
  like: 'Mehr davon',
  dislike: 'Weniger davon',
  likeOf: (title: string): string => `Mehr wie „${title}“`,
  dislikeOf: (title: string): string => `Weniger wie „${title}“`,
  judgedTitle: 'Was Ihnen gefällt und was nicht',
  takeBack: (what: string): string => `Zurücknehmen: ${what}`,
  aProduct: 'ein Produkt',
};
