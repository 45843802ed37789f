import { computed, effect, signal } from "@preact/signals";
import { readStored, store } from "./storage";

export const themes = ["auto", "light", "dark"] as const;
export type Theme = (typeof themes)[number];

const system = matchMedia("(prefers-color-scheme: dark)");
const systemDark = signal(system.matches);
system.addEventListener("change", (event) => {
  systemDark.value = event.matches;
});

const stored = readStored("theme");
export const theme = signal<Theme>(stored === "light" || stored === "dark" ? stored : "auto");
export const dark = computed(() => (theme.value === "auto" ? systemDark.value : theme.value === "dark"));

export function setTheme(next: Theme): void {
  theme.value = next;
  store("theme", next === "auto" ? null : next);
}

effect(() => {
  if (theme.value === "auto") delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});
