import type { Message } from "../lib/i18n";

/**
 * What the server says in English, to be shown in the chosen language: a text is found by its English wording, with
 * `{name}` for what differs. Texts of others, as of a model pack of one's own, are shown as they are.
 */
export const serverTexts = {
  // Why there are no pictures of a camera
  "said.address": {
    en: "the address is not one that video is read from: file, http, https and rtsp are",
    de: "von dieser Adresse wird kein Video gelesen, nur von file, http, https und rtsp",
  },
  "said.no_folder": {
    en: "no folder for video files is configured",
    de: "es ist kein Ordner für Videodateien eingestellt",
  },
  "said.no_such_file": {
    en: "there is no such file in the folder for video files",
    de: "im Ordner für Videodateien gibt es diese Datei nicht",
  },
  "said.refused": { en: "the connection was refused", de: "die Verbindung wurde abgelehnt" },
  "said.unreachable": { en: "the host cannot be reached", de: "der Host ist nicht erreichbar" },
  "said.unauthorised": { en: "the credentials were refused", de: "die Zugangsdaten wurden abgelehnt" },
  "said.no_such_stream": { en: "the host has no such stream", de: "der Host hat diesen Stream nicht" },
  "said.answer": {
    en: "the host answered with an error",
    de: "der Host hat mit einem Fehler geantwortet",
  },
  "said.not_video": {
    en: "what comes is no video that can be read",
    de: "was kommt, ist kein lesbares Video",
  },
  "said.no_pictures": { en: "it has no pictures", de: "es enthält keine Bilder" },
  "said.broken_off": { en: "the stream broke off", de: "der Stream ist abgerissen" },
  "said.not_allowed": {
    en: "it needs a protocol or format that is not allowed",
    de: "es braucht ein Protokoll oder Format, das nicht erlaubt ist",
  },
  "said.memory": {
    en: "it needs more memory than allowed",
    de: "es braucht mehr Speicher als erlaubt",
  },
  "said.old_version": {
    en: "this version of ffmpeg does not know what is asked of it",
    de: "diese Version von ffmpeg kann nicht, was verlangt wird",
  },
  "said.no_ffmpeg": { en: "ffmpeg is not installed", de: "ffmpeg ist nicht installiert" },
  "said.no_start": { en: "ffmpeg could not be started", de: "ffmpeg konnte nicht gestartet werden" },
  "said.forbidden": {
    en: "the host may not be connected to: its network is not among those allowed",
    de: "zu diesem Host darf keine Verbindung aufgebaut werden: sein Netz gehört nicht zu den erlaubten",
  },
  "said.gave_up": { en: "ffmpeg gave up", de: "ffmpeg hat aufgegeben" },
  "said.killed": {
    en: "ffmpeg was killed by signal {signal}",
    de: "ffmpeg wurde durch Signal {signal} beendet",
  },
  "said.silent": { en: "nothing came for {seconds} s", de: "seit {seconds} s kam nichts" },
  "said.no_frames": {
    en: "ffmpeg wrote something else than frames",
    de: "ffmpeg hat etwas anderes als Bilder geliefert",
  },
  "said.ended": { en: "the stream ended", de: "der Stream ist zu Ende" },

  // Why something is not done
  "said.name_taken": { en: "the name is taken", de: "der Name ist vergeben" },
  "said.last_administrator": {
    en: "the last administrator must stay one",
    de: "der letzte Administrator muss einer bleiben",
  },
  "said.operator_name": {
    en: "names have 1 to 64 letters, digits, hyphens, underscores or full stops",
    de: "Namen haben 1 bis 64 Buchstaben, Ziffern, Binde- und Unterstriche oder Punkte",
  },
  "said.password": {
    en: "the new password must have 12 to 256 bytes and be another one",
    de: "das neue Passwort muss 12 bis 256 Bytes haben und ein anderes sein",
  },
  "said.name": {
    en: "a name has 1 to 255 bytes and no control characters",
    de: "ein Name hat 1 bis 255 Bytes und keine Steuerzeichen",
  },
  "said.region": {
    en: "a region is empty or beyond any picture",
    de: "ein Ausschnitt ist leer oder größer als jedes Bild",
  },
  "said.value": { en: "a field has an unusable value", de: "ein Feld hat einen unbrauchbaren Wert" },

  // Where models come from
  "said.model_blazeface": {
    en: "MediaPipe face detection, back camera (Google), converted by the package's author",
    de: "Gesichtssuche von MediaPipe für die Rückkamera (Google), umgewandelt vom Autor des Pakets",
  },
  "said.model_ssd": {
    en: "SSD MobileNet v1 trained on WIDER FACE, of face-api.js",
    de: "SSD MobileNet v1 aus face-api.js, trainiert mit WIDER FACE",
  },
  "said.model_mesh": {
    en: "MediaPipe face mesh (Google), converted by the package's author",
    de: "Gesichtsnetz von MediaPipe (Google), umgewandelt vom Autor des Pakets",
  },
  "said.model_iris": {
    en: "MediaPipe iris (Google), converted by the package's author",
    de: "Iris-Modell von MediaPipe (Google), umgewandelt vom Autor des Pakets",
  },
  "said.model_dlib": {
    en: "dlib face recognition ResNet v1 (Davis King), in the form of face-api.js",
    de: "Gesichtserkennung ResNet v1 von dlib (Davis King), in der Fassung von face-api.js",
  },
  "said.model_faceres": {
    en: "HSE FaceRes (Andrey Savchenko), converted by the package's author",
    de: "HSE FaceRes (Andrey Savchenko), umgewandelt vom Autor des Pakets",
  },
  "said.model_age": {
    en: "age and gender network of face-api.js",
    de: "Netz für Alter und Geschlecht aus face-api.js",
  },
  "said.model_expression": {
    en: "expression network of face-api.js",
    de: "Netz für den Ausdruck aus face-api.js",
  },
  "said.model_emotion": {
    en: "Oarriaga emotion network, converted by the package's author",
    de: "Emotionsnetz von Oarriaga, umgewandelt vom Autor des Pakets",
  },
  "said.model_landmarks": {
    en: "landmark network of face-api.js",
    de: "Netz für Gesichtspunkte aus face-api.js",
  },
  "said.model_liveness": { en: "liveness network of the package", de: "Lebenderkennung des Pakets" },
  "said.model_voice": {
    en: "Resemblyzer speaker encoder (Resemble AI), GE2E loss",
    de: "Sprechermodell von Resemblyzer (Resemble AI), mit GE2E trainiert",
  },
  "said.model_yunet": { en: "YuNet of libfacedetection, 2023", de: "YuNet aus libfacedetection, 2023" },
  "said.model_mobile": {
    en: "MobileFaceNet trained by foamliu",
    de: "MobileFaceNet, trainiert von foamliu",
  },
  "said.model_fasnet_v2": {
    en: "MiniFASNetV2 of Silent-Face-Anti-Spoofing (Minivision)",
    de: "MiniFASNetV2 aus Silent-Face-Anti-Spoofing (Minivision)",
  },
  "said.model_fasnet_v1": {
    en: "MiniFASNetV1SE of Silent-Face-Anti-Spoofing (Minivision)",
    de: "MiniFASNetV1SE aus Silent-Face-Anti-Spoofing (Minivision)",
  },
  "said.model_sface": {
    en: "SFace (Zhong and others, 2021), in the form of the OpenCV Zoo",
    de: "SFace (Zhong und andere, 2021), in der Fassung des OpenCV Zoo",
  },
  "said.model_scrfd": {
    en: "SCRFD-{size} with key points, of InsightFace's model zoo",
    de: "SCRFD-{size} mit Gesichtspunkten, aus InsightFaces Modellsammlung",
  },
  "said.model_arcface": {
    en: "{network} trained on WebFace600K with the ArcFace loss, of InsightFace's model zoo",
    de: "{network} aus InsightFaces Modellsammlung, trainiert mit WebFace600K und ArcFace",
  },

  // What models take, part by part
  "said.input_frames": { en: "{shape} mel power frames", de: "{shape} Mel-Leistungen" },
  "said.input_grey": { en: "{shape} grey", de: "{shape} Grau" },
  "said.input_corner": { en: "at the top left", de: "oben links" },
  "said.input_level": { en: "eyes level", de: "Augen waagerecht" },
  "said.input_eye": { en: "one eye", de: "ein Auge" },
  "said.input_square": { en: "padded to a square", de: "zum Quadrat ergänzt" },
  "said.input_letterboxed": { en: "letterboxed", de: "mit Rändern eingepasst" },
  "said.input_chip": { en: "aligned chip", de: "ausgerichteter Ausschnitt" },
  "said.input_five": { en: "five-point chip", de: "an fünf Punkten ausgerichteter Ausschnitt" },
  "said.input_around": { en: "{count} boxes around the face", de: "{count} Kästen um das Gesicht" },
} as const satisfies Record<string, Message>;
