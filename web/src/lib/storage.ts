/** What the browser remembers between visits: preferences only, nothing about people. */
type Remembered = "theme" | "language" | "account";

export function readStored(key: Remembered): string | null {
  try {
    return localStorage.getItem(`vultus.${key}`);
  } catch {
    return null;
  }
}

export function store(key: Remembered, value: string | null): void {
  try {
    if (value === null) localStorage.removeItem(`vultus.${key}`);
    else localStorage.setItem(`vultus.${key}`, value);
  } catch {
    // Storage is switched off: the preference lasts as long as the page.
  }
}
