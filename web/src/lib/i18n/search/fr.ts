import type { SearchMessages } from './en';

export const messages: SearchMessages = {
  refineLabel: 'Préciser avec des mots',
  refineHint: 'par exemple : mais en vert',
  refineApply: 'Préciser',
  refineClear: 'Sans ces mots',
  understood: (wishes: string): string => `Recherché en premier : ${wishes}`,
  notUnderstood: 'Ces mots ne distinguent rien parmi ces résultats.',
  like: 'Plus comme ceci',
  dislike: 'Moins comme ceci',
  likeOf: (title: string): string => `Plus comme « ${title} »`,
  dislikeOf: (title: string): string => `Moins comme « ${title} »`,
  judgedTitle: 'Ce qui vous plaît ou non',
  takeBack: (what: string): string => `Annuler : ${what}`,
  aProduct: 'un produit',
};
