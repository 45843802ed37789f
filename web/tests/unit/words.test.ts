import { expect, test } from "vitest";
import { shortCameraId } from "../../src/lib/words";

test("numbered cameras are shown by their number, others by the beginning of their id", () => {
  expect(shortCameraId("00000000-0000-0000-0000-000000000019")).toBe("25");
  expect(shortCameraId("00000000-0000-0000-0000-000000000000")).toBe("0");
  expect(shortCameraId("12345678-1234-5678-1234-567812345678")).toBe("12345678");
});
