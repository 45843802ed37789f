import { computed, signal } from "@preact/signals";
import { api } from "./api";
import { ApiError, all, onSessionError, setCsrfToken } from "./api/client";
import type { Account, Role, Session } from "./api/types";
import { readStored, store } from "./lib/storage";

/** Who is signed in: undefined before that is known, null where nobody is. */
export const session = signal<Session | null | undefined>(undefined);
/** Why it is not known who is signed in. */
export const sessionError = signal<unknown>(null);
export const role = computed<Role | null>(() => session.value?.operator.role ?? null);

export const accounts = signal<readonly Account[]>([]);
export const accountsError = signal<unknown>(null);
export const accountsLoaded = signal(false);
const chosenAccount = signal<string | null>(readStored("account"));

/** The account whose people the pages show: the chosen one while it exists, else the first. */
export const account = computed<string | null>(() => {
  const all = accounts.value;
  const chosen = all.find((one) => one.name === chosenAccount.value);
  return (chosen ?? all[0])?.name ?? null;
});

export function chooseAccount(name: string): void {
  chosenAccount.value = name;
  store("account", name);
}

export async function refreshAccounts(): Promise<void> {
  try {
    accounts.value = await all((cursor) => api.accounts.list(cursor));
    accountsError.value = null;
    accountsLoaded.value = true;
  } catch (error) {
    accountsError.value = error;
  }
}

function accept(next: Session): void {
  setCsrfToken(next.csrf_token);
  session.value = next;
  sessionError.value = null;
  if (!next.must_change_password) void refreshAccounts();
}

function forget(): void {
  setCsrfToken("");
  session.value = null;
  accounts.value = [];
  accountsLoaded.value = false;
}

onSessionError((error) => {
  if (error.code === "signed_out") forget();
  else if (session.value) session.value = { ...session.value, must_change_password: true };
});

/** Asks the server who is signed in. */
export async function restore(): Promise<void> {
  sessionError.value = null;
  try {
    accept(await api.session.get());
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) forget();
    else sessionError.value = error;
  }
}

export async function signIn(name: string, password: string): Promise<void> {
  accept(await api.session.open(name, password));
}

export async function signOut(): Promise<void> {
  await api.session.close();
  forget();
}

export async function changePassword(current: string, next: string): Promise<void> {
  await api.session.changePassword(current, next);
  accept(await api.session.get());
}
