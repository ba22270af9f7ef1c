// A value in the browser's storage that every tab shows alike.
export class Stored<T> {
  #value = $state.raw() as T;

  constructor(
    readonly key: string,
    readonly parse: (text: string | null) => T, // of anything that somebody may have stored
  ) {
    this.#value = parse(this.#read());
    window.addEventListener('storage', (event) => {
      if (event.key === this.key || event.key === null) this.#value = this.parse(this.#read());
    });
  }

  get value(): T {
    return this.#value;
  }

  set value(value: T) {
    this.#value = value;
    try {
      localStorage.setItem(this.key, JSON.stringify(value));
    } catch {
      // storage may be full or forbidden: the value lives as long as the page
    }
  }

  // What is stored now, whatever this tab has heard of: to be asked before it is changed.
  fresh(): T {
    this.#value = this.parse(this.#read() ?? JSON.stringify(this.#value));
    return this.#value;
  }

  #read(): string | null {
    try {
      return localStorage.getItem(this.key);
    } catch {
      return null;
    }
  }
}

// All that this shop keeps in the browser, but for whether somebody is signed in; the values of this tab and of others become what they are without.
export function forgetStored(): void {
  try {
    for (const key of Object.keys(localStorage)) if (key.startsWith('nozama.') && key !== 'nozama.signed-in') localStorage.removeItem(key);
  } catch {
    // forbidden: then nothing is kept
  }
  window.dispatchEvent(new StorageEvent('storage'));
}
