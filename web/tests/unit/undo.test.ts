import { beforeEach, describe, expect, it, vi } from "vitest";
import { UndoQueue } from "../../src/lib/undo";

function deletion(run = vi.fn(async () => undefined)) {
  return { label: "x", run, revert: vi.fn() };
}

describe("the undo queue", () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });

  it("sends when its window ends, and not before", async () => {
    const one = deletion();
    new UndoQueue().add(one);
    await vi.advanceTimersByTimeAsync(7999);
    expect(one.run).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(one.run).toHaveBeenCalledExactlyOnceWith(false);
    expect(one.revert).not.toHaveBeenCalled();
  });

  it("never sends what was undone", async () => {
    const one = deletion();
    const queue = new UndoQueue();
    queue.undo(queue.add(one));
    await vi.advanceTimersByTimeAsync(60_000);
    queue.flush();
    expect(one.run).not.toHaveBeenCalled();
    expect(one.revert).toHaveBeenCalledExactlyOnceWith();
  });

  it("sends everything at once when the page is left, each only once", async () => {
    const [one, other] = [deletion(), deletion()];
    const queue = new UndoQueue();
    queue.add(one);
    queue.add(other);
    queue.flush();
    expect(one.run).toHaveBeenCalledExactlyOnceWith(true);
    expect(other.run).toHaveBeenCalledExactlyOnceWith(true);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(one.run).toHaveBeenCalledOnce();
  });

  it("waits while it is paused and then for what was left", async () => {
    const one = deletion();
    const queue = new UndoQueue();
    const id = queue.add(one);
    await vi.advanceTimersByTimeAsync(5000);
    queue.pause(id);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(one.run).not.toHaveBeenCalled();
    queue.resume(id);
    await vi.advanceTimersByTimeAsync(2999);
    expect(one.run).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(1);
    expect(one.run).toHaveBeenCalledOnce();
  });

  it("shows what could not be sent again, with the reason", async () => {
    const failure = new Error("no");
    const one = deletion(vi.fn(async () => Promise.reject(failure)));
    new UndoQueue().add(one);
    await vi.advanceTimersByTimeAsync(8000);
    expect(one.revert).toHaveBeenCalledExactlyOnceWith(failure);
  });

  it("tells what can be undone", () => {
    const told = vi.fn();
    const queue = new UndoQueue(told);
    const id = queue.add(deletion());
    expect(told).toHaveBeenLastCalledWith([expect.objectContaining({ id, label: "x" })]);
    queue.undo(id);
    expect(told).toHaveBeenLastCalledWith([]);
  });
});
