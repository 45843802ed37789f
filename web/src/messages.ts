import type { Message } from "./lib/i18n";

/**
 * Every word of the console, in each language. `{name}` stands for a value; a text with `one` and `other` is chosen by
 * `count`. To add a message, add an entry; to add a language, add it to `languages` and the compiler lists what is missing.
 */
export const messages = {
  // Words used everywhere
  "action.add": { en: "Add", de: "Hinzufügen" },
  "action.cancel": { en: "Cancel", de: "Abbrechen" },
  "action.close": { en: "Close", de: "Schließen" },
  "action.copied": { en: "Copied", de: "Kopiert" },
  "action.copy": { en: "Copy", de: "Kopieren" },
  "action.copy_what": { en: "Copy {what}", de: "{what} kopieren" },
  "action.create": { en: "Create", de: "Anlegen" },
  "action.delete": { en: "Delete", de: "Löschen" },
  "action.disable": { en: "Disable", de: "Sperren" },
  "action.done": { en: "Done", de: "Fertig" },
  "action.enable": { en: "Enable", de: "Entsperren" },
  "action.more": { en: "Show more", de: "Mehr zeigen" },
  "action.retry": { en: "Try again", de: "Nochmals versuchen" },
  "action.save": { en: "Save", de: "Speichern" },
  "action.search": { en: "Search", de: "Suchen" },
  "action.undo": { en: "Undo", de: "Rückgängig" },
  "state.error": { en: "This could not be loaded", de: "Das konnte nicht geladen werden" },
  "state.loading": { en: "Loading", de: "Wird geladen" },
  "state.stale": { en: "Not up to date: {reason}", de: "Nicht auf dem neuesten Stand: {reason}" },
  "state.never": { en: "never", de: "nie" },
  "progress.of": { en: "{value} of {of}", de: "{value} von {of}" },
  "toasts.label": { en: "Messages", de: "Meldungen" },
  "plot.table": { en: "Table", de: "Tabelle" },
  "plot.time": { en: "Time", de: "Zeit" },
  "plot.range": {
    en: "{label}: from {from} to {to}, last {last}",
    de: "{label}: von {from} bis {to}, zuletzt {last}",
  },
  "webcam.picture": { en: "Picture of your camera", de: "Bild Ihrer Kamera" },
  "webcam.take": { en: "Take photo", de: "Foto aufnehmen" },
  "webcam.stop": { en: "Switch camera off", de: "Kamera ausschalten" },
  "webcam.refused": {
    en: "The camera cannot be used: it is missing, taken, or the browser was told not to.",
    de: "Die Kamera ist nicht verfügbar: Sie fehlt, ist belegt oder wurde im Browser nicht freigegeben.",
  },

  // Frame
  "nav.label": { en: "Pages", de: "Seiten" },
  "nav.open": { en: "Open navigation", de: "Navigation öffnen" },
  "nav.close": { en: "Close navigation", de: "Navigation schließen" },
  "nav.skip": { en: "Skip to content", de: "Zum Inhalt" },
  "nav.people": { en: "People", de: "Personen" },
  "nav.service": { en: "Service", de: "Dienst" },
  "nav.administration": { en: "Administration", de: "Verwaltung" },
  "nav.overview": { en: "Overview", de: "Übersicht" },
  "nav.galleries": { en: "Galleries", de: "Galerien" },
  "nav.accounts": { en: "Accounts", de: "Konten" },
  "nav.operators": { en: "Operators", de: "Bediener" },
  "nav.audit": { en: "Audit", de: "Protokoll" },
  "nav.docs": { en: "API reference", de: "API-Referenz" },
  "header.account": { en: "Account", de: "Konto" },
  "header.theme": { en: "Theme", de: "Darstellung" },
  "theme.auto": { en: "As the system", de: "Wie das System" },
  "theme.light": { en: "Light", de: "Hell" },
  "theme.dark": { en: "Dark", de: "Dunkel" },
  "header.language": { en: "Language", de: "Sprache" },
  "header.sign_out": { en: "Sign out", de: "Abmelden" },
  "role.administrator": { en: "Administrator", de: "Administrator" },
  "role.operator": { en: "Operator", de: "Bediener" },
  "role.auditor": { en: "Auditor", de: "Prüfer" },
  "page.not_found": { en: "There is no such page", de: "Diese Seite gibt es nicht" },
  "page.not_found_text": {
    en: "Its address may have been mistyped, or what it showed was deleted.",
    de: "Vielleicht ist die Adresse falsch geschrieben, oder der Inhalt wurde gelöscht.",
  },
  "page.forbidden": {
    en: "Your role does not include this page",
    de: "Ihre Rolle umfasst diese Seite nicht",
  },
  "page.forbidden_text": {
    en: "An administrator can change your role.",
    de: "Ein Administrator kann Ihre Rolle ändern.",
  },
  "page.no_account": { en: "No account yet", de: "Noch kein Konto" },
  "page.no_account_text": {
    en: "Galleries, media and cameras belong to an account. Create one to begin.",
    de: "Galerien, Medien und Kameras gehören zu einem Konto. Legen Sie zuerst eines an.",
  },

  // Errors, by the code that the API answers; others are shown as the API words them
  "error.unknown": { en: "Something went wrong.", de: "Etwas ist schiefgegangen." },
  "error.unreachable": {
    en: "The server cannot be reached. Check the connection and try again.",
    de: "Der Server ist nicht erreichbar. Prüfen Sie die Verbindung und versuchen Sie es nochmals.",
  },
  "error.signed_out": { en: "You have been signed out.", de: "Sie wurden abgemeldet." },
  "error.sign_in_failed": {
    en: "The name or the password is wrong, or the operator is disabled.",
    de: "Name oder Passwort ist falsch, oder der Bediener ist gesperrt.",
  },
  "error.forbidden": { en: "Your role does not allow this.", de: "Ihre Rolle erlaubt das nicht." },
  "error.csrf": {
    en: "The session is out of date. Load the page again.",
    de: "Die Sitzung ist veraltet. Laden Sie die Seite neu.",
  },
  "error.too_many_attempts": {
    en: "Too many attempts. Wait a while and try again.",
    de: "Zu viele Versuche. Warten Sie eine Weile und versuchen Sie es nochmals.",
  },
  "error.too_many_attempts_wait": {
    en: {
      one: "Too many attempts. Try again in {count} minute.",
      other: "Too many attempts. Try again in {count} minutes.",
    },
    de: {
      one: "Zu viele Versuche. Versuchen Sie es in {count} Minute nochmals.",
      other: "Zu viele Versuche. Versuchen Sie es in {count} Minuten nochmals.",
    },
  },
  "error.busy": {
    en: "The server is busy. Try again in a moment.",
    de: "Der Server ist ausgelastet. Versuchen Sie es gleich nochmals.",
  },
  "error.internal": {
    en: "The server met an error of its own. Its log says more.",
    de: "Im Server ist ein Fehler aufgetreten. Sein Protokoll sagt mehr.",
  },
  "error.not_found": { en: "This does not exist, or no longer.", de: "Das gibt es nicht oder nicht mehr." },
  "error.no_face": { en: "The photo shows no face.", de: "Das Foto zeigt kein Gesicht." },
  "error.several_faces": { en: "The photo shows several faces.", de: "Das Foto zeigt mehrere Gesichter." },
  "error.unreadable_image": {
    en: "The file is no photo that can be read.",
    de: "Die Datei ist kein lesbares Foto.",
  },

  // Sign in
  "sign_in.title": { en: "Sign in", de: "Anmelden" },
  "sign_in.lead": { en: "Console of this Vultus server", de: "Konsole dieses Vultus-Servers" },
  "sign_in.name": { en: "Name", de: "Name" },
  "sign_in.password": { en: "Password", de: "Passwort" },
  "sign_in.first": {
    en: "The first start of the server prints a one-time password for “admin”.",
    de: "Beim ersten Start gibt der Server ein Einmalpasswort für „admin“ aus.",
  },
  "password.title": { en: "Choose a password", de: "Passwort wählen" },
  "password.lead": {
    en: "The password that you signed in with works once. Choose your own to go on.",
    de: "Das Passwort, mit dem Sie sich angemeldet haben, gilt nur einmal. Wählen Sie ein eigenes.",
  },
  "password.current": { en: "Password used so far", de: "Bisheriges Passwort" },
  "password.new": { en: "New password", de: "Neues Passwort" },
  "password.repeat": { en: "New password again", de: "Neues Passwort wiederholen" },
  "password.hint": { en: "At least 12 characters", de: "Mindestens 12 Zeichen" },
  "password.short": { en: "At least 12 characters are needed.", de: "Mindestens 12 Zeichen sind nötig." },
  "password.different": { en: "The two passwords differ.", de: "Die beiden Passwörter unterscheiden sich." },
  "password.set": { en: "Set password", de: "Passwort setzen" },
  "password.changed": { en: "The password was changed", de: "Das Passwort wurde geändert" },
} as const satisfies Record<string, Message>;

export type Messages = typeof messages;
export type MessageKey = keyof Messages;
