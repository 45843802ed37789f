import { useState } from "preact/hooks";
import { errorText } from "./errors";

/** Runs one action at a time and keeps what went wrong in words. */
export function useAction() {
  const [busy, setBusy] = useState(false);
  const [failure, setFailure] = useState<unknown>(null);
  const run = async (action: () => Promise<void>): Promise<void> => {
    if (busy) return;
    setBusy(true);
    setFailure(null);
    try {
      await action();
    } catch (error) {
      setFailure(error);
    }
    setBusy(false);
  };
  return { busy, failure, error: failure === null ? null : errorText(failure), run };
}
