import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { LinkButton } from "./components/Button";
import { Empty, ErrorState, Loading } from "./components/states";
import { Toasts } from "./components/Toasts";
import { Frame } from "./Frame";
import { t } from "./lib/i18n";
import { match, path } from "./lib/router";
import { type PageEntry, type PageParameters, pages } from "./pages";
import { NewPassword, SignIn } from "./pages/SignIn";
import {
  account,
  accountsError,
  accountsLoaded,
  refreshAccounts,
  restore,
  role,
  session,
  sessionError,
} from "./session";

/** The whole console: sign in first, then the frame with one page in it. */
export function App() {
  useEffect(() => void restore(), []);
  return (
    <>
      <Content />
      <Toasts />
    </>
  );
}

function Content() {
  if (sessionError.value) {
    return (
      <main class="alone">
        <ErrorState error={sessionError.value} retry={() => void restore()} />
      </main>
    );
  }
  if (session.value === undefined) return <main class="alone" aria-busy="true" />;
  if (session.value === null) return <SignIn />;
  if (session.value.must_change_password) return <NewPassword />;
  const found = find(path.value);
  return (
    <Frame current={found?.entry}>
      <Body found={found} />
    </Frame>
  );
}

interface Found {
  entry: PageEntry;
  parameters: Record<string, string>;
}

function find(actual: string): Found | null {
  for (const entry of pages) {
    const parameters = match(entry.pattern, actual);
    if (parameters) return { entry, parameters };
  }
  return null;
}

function Body({ found }: { found: Found | null }) {
  if (!found) {
    return (
      <Empty
        icon="search"
        title={t("page.not_found")}
        actions={<LinkButton to="/">{t("nav.overview")}</LinkButton>}
      >
        {t("page.not_found_text")}
      </Empty>
    );
  }
  if (role.value === null || !found.entry.roles.includes(role.value)) {
    return (
      <Empty icon="operators" title={t("page.forbidden")}>
        {t("page.forbidden_text")}
      </Empty>
    );
  }
  if (found.entry.ofAccount && account.value === null) return <NoAccount />;
  const scope = found.entry.ofAccount ? account.value : "";
  return <Lazy key={`${scope} ${found.entry.pattern} ${JSON.stringify(found.parameters)}`} {...found} />;
}

function NoAccount() {
  if (accountsError.value)
    return <ErrorState error={accountsError.value} retry={() => void refreshAccounts()} />;
  if (!accountsLoaded.value) return <Loading />;
  return (
    <Empty
      icon="accounts"
      title={t("page.no_account")}
      actions={<LinkButton to="/accounts">{t("nav.accounts")}</LinkButton>}
    >
      {t("page.no_account_text")}
    </Empty>
  );
}

const loaded = new Map<PageEntry, ComponentType<PageParameters>>();

/** A page whose module is loaded when it is first opened. */
function Lazy({ entry, parameters }: Found) {
  const [, redraw] = useState(0);
  const [error, setError] = useState<unknown>(null);
  const alive = useRef(true);
  const load = () => {
    setError(null);
    entry.load().then(
      (module) => {
        loaded.set(entry, module.default);
        if (alive.current) redraw((old) => old + 1);
      },
      (failure: unknown) => {
        if (alive.current) setError(failure);
      },
    );
  };
  useEffect(() => {
    alive.current = true;
    if (!loaded.has(entry)) load();
    return () => {
      alive.current = false;
    };
  }, []);
  const Shown = loaded.get(entry);
  if (Shown) return <Shown parameters={parameters} />;
  return error ? <ErrorState error={error} retry={load} /> : <Loading />;
}
