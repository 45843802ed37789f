import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "../components/Button";
import { Field } from "../components/Field";
import { Mark, Preferences } from "../Frame";
import { errorText } from "../lib/errors";
import { t } from "../lib/i18n";
import { toast } from "../lib/toasts";
import { changePassword, signIn, signOut } from "../session";

/** The shortest password that the server takes. */
const shortest = 12;

export function SignIn() {
  const [name, setName] = useState("");
  const [password, setPassword] = useState("");
  const { busy, error, submit } = useSubmit(() => signIn(name.trim(), password));
  return (
    <Alone title={t("sign_in.title")} lead={t("sign_in.lead")}>
      <form class="stack" onSubmit={submit}>
        <Field
          label={t("sign_in.name")}
          name="username"
          autocomplete="username"
          value={name}
          onInput={setName}
          required
          autofocus
        />
        <Field
          label={t("sign_in.password")}
          name="password"
          type="password"
          autocomplete="current-password"
          value={password}
          onInput={setPassword}
          required
        />
        <Failure text={error} />
        <Button type="submit" kind="primary" busy={busy}>
          {t("sign_in.title")}
        </Button>
      </form>
      <p class="hint">{t("sign_in.first")}</p>
    </Alone>
  );
}

/** Asks for a password to take the place of a one-time password. */
export function NewPassword() {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const [again, setAgain] = useState("");
  const [checked, setChecked] = useState(false);
  const short = [...next].length < shortest;
  const { busy, error, submit } = useSubmit(async () => {
    setChecked(true);
    if (short || next !== again) return;
    await changePassword(current, next);
    toast(t("password.changed"));
  });
  return (
    <Alone title={t("password.title")} lead={t("password.lead")}>
      <form class="stack" onSubmit={submit}>
        <Field
          label={t("password.current")}
          type="password"
          autocomplete="current-password"
          value={current}
          onInput={setCurrent}
          required
          autofocus
        />
        <Field
          label={t("password.new")}
          type="password"
          autocomplete="new-password"
          hint={t("password.hint")}
          error={checked && short ? t("password.short") : null}
          value={next}
          onInput={setNext}
          required
        />
        <Field
          label={t("password.repeat")}
          type="password"
          autocomplete="new-password"
          error={checked && next !== again ? t("password.different") : null}
          value={again}
          onInput={setAgain}
          required
        />
        <Failure text={error} />
        <Button type="submit" kind="primary" busy={busy}>
          {t("password.set")}
        </Button>
        <Button kind="quiet" onClick={() => void signOut()}>
          {t("header.sign_out")}
        </Button>
      </form>
    </Alone>
  );
}

function Alone({ title, lead, children }: { title: string; lead: string; children: ComponentChildren }) {
  useEffect(() => {
    document.title = `${title} · Vultus`;
  }, [title]);
  return (
    <main class="alone">
      <div class="card sign-in stack">
        <header class="row spread">
          <span class="brand">
            <Mark />
            Vultus
          </span>
          <Preferences />
        </header>
        <div>
          <h1>{title}</h1>
          <p class="soft">{lead}</p>
        </div>
        {children}
      </div>
    </main>
  );
}

function Failure({ text }: { text: string | null }) {
  return (
    <div role="alert" class="failure">
      {text && <p class="notice bad">{text}</p>}
    </div>
  );
}

function useSubmit(action: () => Promise<void>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    if (busy) return;
    setBusy(true);
    setError(null);
    try {
      await action();
    } catch (failure) {
      setError(errorText(failure));
    }
    setBusy(false);
  };
  return { busy, error, submit: (event: Event) => void submit(event) };
}
