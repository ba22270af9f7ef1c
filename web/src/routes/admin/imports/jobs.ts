import type { Job } from '#lib/api/admin_imports.ts';
import type { AdminImportMessages } from '#lib/i18n/admin_imports/en.ts';

export const kindOf = (job: Job, t: AdminImportMessages): string =>
  job.kind === 'import' ? t.import : job.kind === 'import-preview' ? t.preview : `${t.other} (${job.kind})`;

export const isOver = (job: Job): boolean => job.state === 'done' || job.state === 'failed' || job.state === 'cancelled';
export const isImport = (job: Job): boolean => job.kind === 'import' || job.kind === 'import-preview';
