// Imports and the other long work of the shop.
import { get, send } from './client';
import type { components } from './schema';

type Schemas = components['schemas'];
export type Job = Schemas['Job'];
export type JobError = Schemas['JobError'];

export interface ImportChoice {
  currency: string;
  full: boolean;
  dryRun: boolean;
}

function importPath({ currency, full, dryRun }: ImportChoice): string {
  return `/api/v1/imports?${new URLSearchParams({ currency, full: String(full), dry_run: String(dryRun) }).toString()}`;
}

const jobPath = (id: number): string => `/api/v1/jobs/${id}`;

export const importFile = (feed: Blob, choice: ImportChoice): Promise<Job> => send('POST', importPath(choice), feed);
export const importUrl = (url: string, choice: ImportChoice): Promise<Job> => send('POST', importPath(choice), { url });

export const listJobs = async (): Promise<Job[]> => (await get<{ jobs: Job[] }>('/api/v1/jobs', {})).jobs;
export const getJob = (id: number): Promise<Job> => get(jobPath(id), {});
export const changeJob = (id: number, change: 'pause' | 'resume' | 'cancel'): Promise<Job> => send('POST', `${jobPath(id)}/${change}`);

export const kErrorsPage = 100;
export const listJobErrors = async (id: number, offset: number): Promise<JobError[]> =>
  (await get<{ errors: JobError[] }>(`${jobPath(id)}/errors`, { offset, limit: kErrorsPage })).errors;
export const jobErrorsTable = (id: number): string => `${jobPath(id)}/errors?format=csv`;

// Tells the job whenever it has changed, until it has ended. Returns what stops it. `lost` is told while the connection is.
export function followJob(id: number, onjob: (job: Job) => void, onlost: (lost: boolean) => void): () => void {
  const source = new EventSource(`${jobPath(id)}/events`);
  const read = (event: MessageEvent<string>): void => {
    onlost(false);
    onjob(JSON.parse(event.data) as Job);
  };
  source.addEventListener('progress', read);
  source.addEventListener('end', (event) => {
    source.close(); // else the browser would ask again
    read(event);
  });
  source.addEventListener('error', () => onlost(true));
  return () => source.close();
}
