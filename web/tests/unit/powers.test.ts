import { expect, test } from "vitest";
import { power, withNumbers } from "../../src/lib/powers";

test("small numbers are powers of ten", () => {
  expect(power(1e-4, "en")).toBe("10⁻⁴");
  expect(power(0.00031, "en")).toBe("3·10⁻⁴");
  expect(power(2.95e-12, "de", 3)).toBe("2,95·10⁻¹²");
  expect(power(1, "en")).toBe("10⁰");
  expect(power(-2e5, "en")).toBe("-2·10⁵");
});

test("numbers within texts are written as elsewhere", () => {
  expect(withNumbers("FNMR at FMR 1e-5", "en")).toBe("FNMR at FMR 10⁻⁵");
  expect(withNumbers("FMR at confidence 0.569 (promised 3e-3)", "en")).toBe(
    "FMR at confidence 0.569 (promised 3·10⁻³)",
  );
  expect(withNumbers("3549 photos, 1941409 comparisons", "de")).toBe("3549 photos, 1.941.409 comparisons");
  expect(withNumbers("pack attr-10485 of 0.123456", "en")).toBe("pack attr-10485 of 0.123456");
});
