import type { Message } from "../lib/i18n";

/** The words of galleries, and of enrolling and importing people. */
export const peopleTexts = {
  // Galleries
  "galleries.lead": {
    en: "Enrolled people of the chosen account.",
    de: "Eingetragene Personen des gewählten Kontos.",
  },
  "galleries.none": {
    en: "A gallery holds the people that a photo is searched among.",
    de: "Eine Galerie enthält die Personen, unter denen ein Foto gesucht wird.",
  },
  "galleries.create": { en: "Create gallery", de: "Galerie anlegen" },
  "galleries.name": { en: "Name", de: "Name" },
  "galleries.subjects": { en: "Subjects", de: "Personen" },
  "galleries.delete": { en: "Delete “{name}”", de: "„{name}“ löschen" },
  "galleries.delete_title": { en: "Delete the gallery “{name}”?", de: "Galerie „{name}“ löschen?" },
  "galleries.delete_text": {
    en: "It holds {faces} of {subjects}. You can undo this for eight seconds.",
    de: "Sie enthält {faces} von {subjects}. Acht Sekunden lang lässt sich das rückgängig machen.",
  },
  "galleries.deleted": { en: "The gallery “{name}” is deleted", de: "Galerie „{name}“ gelöscht" },
  "subjects.search": { en: "Search subjects", de: "Personen suchen" },
  "subjects.selection": { en: "Chosen subjects", de: "Gewählte Personen" },
  "subjects.selected": { en: "{count} chosen", de: "{count} gewählt" },
  "subjects.clear": { en: "Choose none", de: "Auswahl aufheben" },
  "subjects.choose": { en: "Choose {subject}", de: "{subject} wählen" },
  "subjects.count": {
    en: { one: "{count} subject", other: "{count} subjects" },
    de: { one: "{count} Person", other: "{count} Personen" },
  },
  "subjects.faces": {
    en: { one: "{count} face", other: "{count} faces" },
    de: { one: "{count} Gesicht", other: "{count} Gesichter" },
  },
  "subjects.none": { en: "Nobody is enrolled here", de: "Hier ist niemand eingetragen" },
  "subjects.none_text": {
    en: "Enrol photos of one person, or import a folder or ZIP file with many.",
    de: "Tragen Sie Fotos einer Person ein, oder importieren Sie einen Ordner oder eine ZIP-Datei mit vielen.",
  },
  "subjects.none_found": { en: "No subject’s name contains “{q}”", de: "Kein Name enthält „{q}“" },
  "subjects.merge": { en: "Merge", de: "Zusammenführen" },
  "subjects.merge_title": {
    en: "Merge “{subject}” into another subject",
    de: "„{subject}“ mit anderer Person zusammenführen",
  },
  "subjects.merge_many": { en: "Merge {count} subjects", de: "{count} Personen zusammenführen" },
  "subjects.merge_text": {
    en: "All faces will belong to the subject that you name. This cannot be undone.",
    de: "Alle Gesichter gehören dann zu der gewählten Person. Das lässt sich nicht rückgängig machen.",
  },
  "subjects.merge_into": { en: "Merge into", de: "Zusammenführen mit" },
  "subjects.merged": { en: "Merged into “{subject}”", de: "Mit „{subject}“ zusammengeführt" },
  "subjects.move": { en: "Move", de: "Verschieben" },
  "subjects.move_title": { en: "Move “{subject}”", de: "„{subject}“ verschieben" },
  "subjects.move_many": { en: "Move {count} subjects", de: "{count} Personen verschieben" },
  "subjects.move_to": { en: "To gallery", de: "In die Galerie" },
  "subjects.nowhere": {
    en: "The account has no other gallery.",
    de: "Das Konto hat keine andere Galerie.",
  },
  "subjects.moved": {
    en: { one: "{count} subject moved to “{gallery}”", other: "{count} subjects moved to “{gallery}”" },
    de: {
      one: "{count} Person nach „{gallery}“ verschoben",
      other: "{count} Personen nach „{gallery}“ verschoben",
    },
  },
  "subjects.deleted": {
    en: { one: "{count} subject is deleted", other: "{count} subjects are deleted" },
    de: { one: "{count} Person gelöscht", other: "{count} Personen gelöscht" },
  },
  "subjects.deleted_one": { en: "“{subject}” is deleted", de: "„{subject}“ gelöscht" },
  "subjects.of_cameras": { en: "Seen by cameras", de: "Von Kameras gesehen" },
  "faces.none": { en: "No face is left", de: "Kein Gesicht mehr da" },
  "faces.open": { en: "Show face {number} of {subject}", de: "Gesicht {number} von {subject} zeigen" },
  "faces.delete": { en: "Delete face {number} of {subject}", de: "Gesicht {number} von {subject} löschen" },
  "faces.deleted": { en: "A face of “{subject}” is deleted", de: "Ein Gesicht von „{subject}“ gelöscht" },
  "faces.enrolled": { en: "Enrolled", de: "Eingetragen" },
  "faces.quality": { en: "Quality", de: "Qualität" },
  "faces.camera": { en: "Camera", de: "Kamera" },
  "faces.no_photo": {
    en: "No photo of this face is kept.",
    de: "Von diesem Gesicht wird kein Foto aufbewahrt.",
  },
  "faces.photo_of": {
    en: "Photo that {subject} was enrolled from",
    de: "Foto, mit dem {subject} eingetragen wurde",
  },

  // Enrolment and import
  "enrol.title": { en: "Enrol", de: "Eintragen" },
  "enrol.more": { en: "Add photos", de: "Fotos hinzufügen" },
  "enrol.more_of": { en: "Add photos of “{subject}”", de: "Fotos von „{subject}“ hinzufügen" },
  "enrol.subject": { en: "Subject", de: "Person" },
  "enrol.subject_hint": {
    en: "The name or number under which the person is found.",
    de: "Name oder Nummer, unter der die Person gefunden wird.",
  },
  "enrol.drop": { en: "Drop photos here", de: "Fotos hier ablegen" },
  "enrol.choose": { en: "Choose photos", de: "Fotos wählen" },
  "enrol.webcam": { en: "Use webcam", de: "Webcam benutzen" },
  "enrol.refused": {
    en: { one: "{count} file is no photo or too large", other: "{count} files are no photos or too large" },
    de: {
      one: "{count} Datei ist kein Foto oder zu groß",
      other: "{count} Dateien sind keine Fotos oder zu groß",
    },
  },
  "enrol.chosen": {
    en: { one: "{count} chosen photo", other: "{count} chosen photos" },
    de: { one: "{count} gewähltes Foto", other: "{count} gewählte Fotos" },
  },
  "enrol.remove": { en: "Leave out {name}", de: "{name} weglassen" },
  "enrol.start": {
    en: { one: "Enrol {count} photo", other: "Enrol {count} photos" },
    de: { one: "{count} Foto eintragen", other: "{count} Fotos eintragen" },
  },
  "enrol.running": { en: "Enrolling", de: "Wird eingetragen" },
  "enrol.ran": { en: "Photos looked at", de: "Bearbeitete Fotos" },
  "enrol.stop": { en: "Stop", de: "Anhalten" },
  "enrol.stopped": {
    en: {
      one: "Stopped: {count} photo was not looked at.",
      other: "Stopped: {count} photos were not looked at.",
    },
    de: {
      one: "Angehalten: {count} Foto wurde nicht bearbeitet.",
      other: "Angehalten: {count} Fotos wurden nicht bearbeitet.",
    },
  },
  "enrol.enrolled": {
    en: { one: "{count} face was enrolled.", other: "{count} faces were enrolled." },
    de: { one: "{count} Gesicht wurde eingetragen.", other: "{count} Gesichter wurden eingetragen." },
  },
  "enrol.failed": {
    en: { one: "{count} photo was not enrolled", other: "{count} photos were not enrolled" },
    de: { one: "{count} Foto wurde nicht eingetragen", other: "{count} Fotos wurden nicht eingetragen" },
  },
  "enrol.all_faces": { en: "Enrol every face of these photos", de: "Alle Gesichter dieser Fotos eintragen" },
  "import.button": { en: "Import", de: "Importieren" },
  "import.title": { en: "Import a folder or ZIP file", de: "Ordner oder ZIP-Datei importieren" },
  "import.text": {
    en: "One folder per subject, named after them; or files named like ada-1.jpg and ada-2.jpg.",
    de: "Ein Ordner je Person mit ihrem Namen; oder Dateien mit Namen wie ada-1.jpg und ada-2.jpg.",
  },
  "import.drop": { en: "Drop a ZIP file here", de: "ZIP-Datei hier ablegen" },
  "import.choose_zip": { en: "Choose ZIP file", de: "ZIP-Datei wählen" },
  "import.choose_folder": { en: "Choose folder", de: "Ordner wählen" },
  "import.limits": {
    en: "At most {photos} photos, each at most {size}",
    de: "Höchstens {photos} Fotos zu je höchstens {size}",
  },
  "import.too_large": { en: "The archive is too large.", de: "Das Archiv ist zu groß." },
  "import.too_many": { en: "The archive holds too many files.", de: "Das Archiv enthält zu viele Dateien." },
  "import.unreadable": {
    en: "The file is no ZIP file that can be read.",
    de: "Die Datei ist keine lesbare ZIP-Datei.",
  },
  "import.other": { en: "Choose another", de: "Anderes wählen" },
  "import.naming": { en: "Subjects are named after", de: "Personen heißen nach" },
  "import.by_folder": { en: "Named by folder", de: "Name des Ordners" },
  "import.by_file": { en: "Named by file", de: "Name der Datei" },
  "import.nothing": { en: "There is no photo to enrol.", de: "Es ist kein Foto zum Eintragen dabei." },
  "import.subjects": { en: "Subjects found", de: "Gefundene Personen" },
  "import.photos": {
    en: { one: "{count} photo", other: "{count} photos" },
    de: { one: "{count} Foto", other: "{count} Fotos" },
  },
  "import.skipped": {
    en: { one: "{count} file is left out", other: "{count} files are left out" },
    de: { one: "{count} Datei wird weggelassen", other: "{count} Dateien werden weggelassen" },
  },
  "import.skip_not_photo": { en: "no photo", de: "kein Foto" },
  "import.skip_too_large": { en: "too large", de: "zu groß" },
  "import.skip_too_many": { en: "too many photos", de: "zu viele Fotos" },
  "import.skip_no_subject": { en: "no name", de: "kein Name" },
} as const satisfies Record<string, Message>;
