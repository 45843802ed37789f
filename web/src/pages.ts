import type { ComponentType } from "preact";
import type { Role } from "./api/types";
import type { IconName } from "./components/Icon";
import type { PlainKey } from "./lib/i18n";

/** What a page gets: the parts of its address that its pattern names. */
export interface PageParameters {
  parameters: Record<string, string>;
}

export type NavGroup = "top" | "people" | "service" | "administration";

export interface PageEntry {
  /** Below the mount point; `:name` takes one part of the path. */
  pattern: string;
  /** Loads the page's module, whose default export is drawn. */
  load: () => Promise<{ default: ComponentType<PageParameters> }>;
  /** Who may open it. */
  roles: readonly Role[];
  /** Where the navigation lists it; pages without are reached from others. */
  nav?: { group: NavGroup; title: PlainKey; icon: IconName };
  /** The pattern of the page in the navigation that this one lies below. */
  below?: string;
  /** Shows the people of the chosen account: the header offers the choice, and without an account there is no page. */
  ofAccount?: boolean;
}

const everyone: readonly Role[] = ["administrator", "operator", "auditor"];
const handlers: readonly Role[] = ["administrator", "operator"];
const administration: readonly Role[] = ["administrator", "auditor"];

/** Every page of the console. The order is that of the navigation. */
export const pages: readonly PageEntry[] = [
  {
    pattern: "/",
    load: () => import("./pages/Overview"),
    roles: everyone,
    nav: { group: "top", title: "nav.overview", icon: "overview" },
  },
  {
    pattern: "/galleries",
    load: () => import("./pages/Galleries"),
    roles: handlers,
    nav: { group: "people", title: "nav.galleries", icon: "galleries" },
    ofAccount: true,
  },
  {
    pattern: "/galleries/:gallery",
    load: () => import("./pages/Gallery"),
    roles: handlers,
    below: "/galleries",
    ofAccount: true,
  },
  {
    pattern: "/galleries/:gallery/:subject",
    load: () => import("./pages/Subject"),
    roles: handlers,
    below: "/galleries",
    ofAccount: true,
  },
  {
    pattern: "/accounts",
    load: () => import("./pages/Accounts"),
    roles: everyone,
    nav: { group: "administration", title: "nav.accounts", icon: "accounts" },
  },
  {
    pattern: "/accounts/:account",
    load: () => import("./pages/Account"),
    roles: everyone,
    below: "/accounts",
  },
  {
    pattern: "/operators",
    load: () => import("./pages/Operators"),
    roles: administration,
    nav: { group: "administration", title: "nav.operators", icon: "operators" },
  },
  {
    pattern: "/audit",
    load: () => import("./pages/Audit"),
    roles: administration,
    nav: { group: "administration", title: "nav.audit", icon: "audit" },
  },
];
