import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, Link } from "./components/Button";
import { Icon, type IconName } from "./components/Icon";
import { language, languages, type PlainKey, setLanguage, t } from "./lib/i18n";
import { path } from "./lib/router";
import { setTheme, theme, themes } from "./lib/theme";
import { toastError } from "./lib/toasts";
import { type NavGroup, type PageEntry, pages } from "./pages";
import { account, accounts, chooseAccount, role, session, signOut } from "./session";

const groups: readonly { group: NavGroup; title: PlainKey | null }[] = [
  { group: "top", title: null },
  { group: "people", title: "nav.people" },
  { group: "service", title: "nav.service" },
  { group: "administration", title: "nav.administration" },
];

/** Navigation at the side, header above, a page in the middle. On a phone the navigation folds away. */
export function Frame({
  current,
  children,
}: {
  current: PageEntry | undefined;
  children: ComponentChildren;
}) {
  const [open, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const first = useRef(true);
  const here = path.value;

  useEffect(() => {
    setOpen(false);
    if (first.current) first.current = false;
    else main.current?.focus({ preventScroll: true });
  }, [here]);

  useEffect(() => {
    if (!open) return;
    const close = (event: KeyboardEvent) => {
      if (event.key === "Escape") setOpen(false);
    };
    addEventListener("keydown", close);
    return () => removeEventListener("keydown", close);
  }, [open]);

  return (
    <div class={open ? "frame nav-open" : "frame"}>
      <a class="skip" href="#main">
        {t("nav.skip")}
      </a>
      <header class="top">
        <span class="menu-button">
          <Button
            kind="quiet"
            icon={open ? "close" : "menu"}
            label={t(open ? "nav.close" : "nav.open")}
            expanded={open}
            onClick={() => setOpen(!open)}
          />
        </span>
        <Link to="/" class="brand">
          <Mark />
          <span>Vultus</span>
        </Link>
        {current?.ofAccount && <AccountPicker />}
        <span class="grow" />
        <Preferences />
      </header>
      <nav class="side" aria-label={t("nav.label")}>
        <Navigation current={current} />
        <Who />
      </nav>
      {/* biome-ignore lint/a11y/noStaticElementInteractions: a second way to close; the button and Escape do it too */}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: as above */}
      <div class="scrim" onClick={() => setOpen(false)} />
      <main id="main" class="main" tabIndex={-1} ref={main}>
        {children}
      </main>
    </div>
  );
}

export function Mark() {
  return <img class="brand-mark" src="/console/icon.svg" alt="" width={24} height={24} />;
}

function Navigation({ current }: { current: PageEntry | undefined }) {
  const allowed = pages.filter((page) => role.value !== null && page.roles.includes(role.value));
  return (
    <div class="nav">
      {groups.map(({ group, title }) => {
        const entries = allowed.filter((page) => page.nav?.group === group);
        if (entries.length === 0) return null;
        return (
          <div key={group} class="nav-group">
            {title && <p class="nav-title">{t(title)}</p>}
            <ul>
              {entries.map(
                (page) => page.nav && <li key={page.pattern}>{entryLink(page, page.nav, current)}</li>,
              )}
            </ul>
          </div>
        );
      })}
    </div>
  );
}

function entryLink(
  page: PageEntry,
  nav: { title: PlainKey; icon: IconName },
  current: PageEntry | undefined,
) {
  const here = current === page || current?.below === page.pattern;
  return (
    <Link to={page.pattern} current={here} class="nav-link">
      <Icon name={nav.icon} />
      {t(nav.title)}
    </Link>
  );
}

function Who() {
  const operator = session.value?.operator;
  if (!operator) return null;
  return (
    <div class="who">
      <a class="nav-link" href="/docs">
        <Icon name="docs" />
        {t("nav.docs")}
      </a>
      <div class="who-row">
        <span class="who-name">
          <strong>{operator.name}</strong>
          <span>{t(`role.${operator.role}`)}</span>
        </span>
        <Button
          kind="quiet"
          icon="signOut"
          label={t("header.sign_out")}
          onClick={() => void signOut().catch(toastError)}
        />
      </div>
    </div>
  );
}

function AccountPicker() {
  if (accounts.value.length === 0) return null;
  return (
    <label class="picker">
      <span class="picker-label">{t("header.account")}</span>
      <select
        class="input"
        value={account.value ?? ""}
        onChange={(event) => chooseAccount(event.currentTarget.value)}
      >
        {accounts.value.map((one) => (
          <option key={one.id} value={one.name}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  );
}

const themeIcons = { auto: "contrast", light: "sun", dark: "moon" } as const;

/** Theme and language, each a step further with every click. */
export function Preferences() {
  const nextTheme = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "auto";
  return (
    <div class="row tight">
      <Button
        kind="quiet"
        icon={themeIcons[theme.value]}
        label={`${t("header.theme")}: ${t(`theme.${theme.value}`)}`}
        onClick={() => setTheme(nextTheme)}
      />
      <label class="language">
        <span class="visually-hidden">{t("header.language")}</span>
        <select
          class="input quiet"
          value={language.value}
          onChange={(event) => setLanguage(event.currentTarget.value === "de" ? "de" : "en")}
        >
          {languages.map((one) => (
            <option key={one} value={one}>
              {one.toUpperCase()}
            </option>
          ))}
        </select>
      </label>
    </div>
  );
}
