// Starts the real program's `serve` on a free port.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';

export const root = path.resolve(import.meta.dirname, '../..');

export const program = process.env['NOZAMA_BIN'] ?? path.join(root, 'build/release/nozama');
export const sampleData = process.env['NOZAMA_DATA'] ?? path.join(root, 'build/demo-data');
const kStartMs = 60_000;
const kStopMs = 20_000;

export interface Service {
  address: string; // "http://127.0.0.1:41234"
  stop: () => Promise<void>;
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), kStopMs);
  await ended;
  clearTimeout(timer);
}

// Tests that change the shop bring a copy of its data.
export async function startService(data = sampleData, flags: readonly string[] = []): Promise<Service> {
  const child = spawn(program, ['serve', '--data', data, '--listen', '127.0.0.1:0', ...flags], { stdio: ['ignore', 'pipe', 'pipe'] });
  const log: string[] = [];
  const address = await new Promise<string>((resolve, reject) => {
    const fail = (why: string): void => reject(new Error(`${program} serve --data ${data}: ${why}\n${log.slice(-20).join('\n')}`));
    const timer = setTimeout(() => fail('printed no address in time'), kStartMs);
    const read = (line: string): void => {
      log.push(line);
      const found = /http:\/\/127\.0\.0\.1:\d+/.exec(line);
      if (found) resolve(found[0]);
    };
    createInterface({ input: child.stdout }).on('line', read);
    createInterface({ input: child.stderr }).on('line', read);
    child.once('error', (error) => fail(error.message));
    child.once('exit', (code) => fail(`ended with ${code}`));
    child.once('exit', () => clearTimeout(timer));
    child.stdout.once('data', () => clearTimeout(timer));
  });
  const service = { address, stop: () => stop(child) };
  process.once('exit', () => child.kill('SIGKILL'));
  return service;
}
