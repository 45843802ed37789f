/** Something that is shown as done, and is done unless it is undone in time. */
export interface Pending {
  readonly label: string;
  /** Does it. `leaving` says that the page may be gone before the answer comes. */
  run(leaving: boolean): Promise<void>;
  /** Shows it as not done: called when it was undone and when `run` failed. */
  revert(error?: unknown): void;
}

export interface UndoEntry {
  readonly id: number;
  readonly label: string;
  /** When it was put off, in ms as of `now()`. */
  readonly since: number;
  /** When it is sent, in ms as of `now()`; null while the clock stands still. */
  due: number | null;
  /** How long is left while the clock stands still, in ms. */
  left: number;
}

interface Clock {
  now(): number;
  after(ms: number, action: () => void): unknown;
  cancel(handle: unknown): void;
}

const browserClock: Clock = {
  now: () => Date.now(),
  after: (ms, action) => setTimeout(action, ms),
  cancel: (handle) => clearTimeout(handle as number),
};

/** How long a deletion can be undone, in ms. */
export const undoWindow = 8000;

/** Holds deletions back until they can no longer be undone. */
export class UndoQueue {
  private readonly entries = new Map<number, UndoEntry & { pending: Pending; timer: unknown }>();
  private lastId = 0;

  constructor(
    private readonly changed: (entries: readonly UndoEntry[]) => void = () => undefined,
    private readonly window = undoWindow,
    private readonly clock: Clock = browserClock,
  ) {}

  add(pending: Pending): number {
    this.lastId += 1;
    const id = this.lastId;
    const { label } = pending;
    const since = this.clock.now();
    const entry = { id, label, since, due: null, left: this.window, pending, timer: null };
    this.entries.set(id, entry);
    this.resume(id);
    return id;
  }

  undo(id: number): void {
    this.take(id)?.pending.revert();
  }

  /** Stops the clock of one entry, as while its message has the focus. */
  pause(id: number): void {
    const entry = this.entries.get(id);
    if (!entry || entry.due === null) return;
    this.clock.cancel(entry.timer);
    entry.left = Math.max(0, entry.due - this.clock.now());
    entry.due = null;
    this.notify();
  }

  resume(id: number): void {
    const entry = this.entries.get(id);
    if (!entry || entry.due !== null) return;
    entry.due = this.clock.now() + entry.left;
    entry.timer = this.clock.after(entry.left, () => void this.send(id, false));
    this.notify();
  }

  /** Sends everything now, as when the page is left. Resolves once all of it is answered. */
  async flush(): Promise<void> {
    await Promise.all([...this.entries.keys()].map((id) => this.send(id, true)));
  }

  private async send(id: number, leaving: boolean): Promise<void> {
    const entry = this.take(id);
    if (!entry) return;
    try {
      await entry.pending.run(leaving);
    } catch (error) {
      entry.pending.revert(error);
    }
  }

  private take(id: number) {
    const entry = this.entries.get(id);
    if (!entry) return undefined;
    this.clock.cancel(entry.timer);
    this.entries.delete(id);
    this.notify();
    return entry;
  }

  private notify(): void {
    this.changed([...this.entries.values()]);
  }
}
