import type { Collection } from "./en.collection.ts";
import { pluralsOf } from "./plural.ts";

const p = pluralsOf<"one">("de");

export const collection: Collection = {
  options: {
    language: "Sprache",
    detect: "Sprache erkennen",
    notByEngine: (engine) => `Graue Sprachen kennt ${engine} nicht.`,
    engine: "Spracherkennung",
    automatic: "Die beste, die hier bereit ist",
    notReady: (engine) => `${engine} (nicht eingerichtet)`,
    leaves: "Aufnahmen verlassen dafür diesen Dienst.",
    stays: "Aufnahmen bleiben auf diesem Dienst.",
    toAdd: "Was anderen Spracherkennungen fehlt",
    quality: "Genauigkeit",
    qualities: { fast: "Schnell", balanced: "Ausgewogen", best: "Am besten" },
    usual: "Wie üblich",
    speakers: "Sprecher",
    speakersHint: "Wie viele sprechen, falls bekannt; das hilft.",
    findSpeakers: "Erkennen, wer spricht",
    noSpeakers: "Nicht erkennen",
    noDiarizer: (missing) => `Sprecher lassen sich hier nicht unterscheiden: ${missing}`,
    howMany: "Wie viele",
    vocabulary: "Namen und Begriffe",
    vocabularyHint: "Mit Kommas getrennt. Auf sie wird besonders geachtet.",
    cannot: (engine, others) => `${engine} kann das nicht. Das können: ${others}.`,
    nobodyCan: "Keine Spracherkennung hier kann das.",
    translate: "Beim Transkribieren ins Englische übersetzen",
    denoise: "Hintergrundgeräusche entfernen",
    alsoWrite: "Außerdem schreiben",
    understand: "Außerdem finden",
    limits: (size, length) => `Aufnahmen bis ${size} und ${length}.`,
    deletedAfter: (days) =>
      p(days, {
        one: "Sie werden nach # Tag gelöscht.",
        other: "Sie werden nach # Tagen gelöscht.",
      }),
  },
  filters: {
    everyLanguage: "Jede Sprache",
    addedFrom: "Hinzugefügt ab",
    addedUntil: "Hinzugefügt bis",
  },
  models: {
    ends: (model, day) => `${model} wird am ${day} eingestellt.`,
    endsFor: (model, day, next) => `${model} wird am ${day} eingestellt. Danach kommt ${next}.`,
    ended: (model, day) => `${model} wurde am ${day} eingestellt.`,
    endedFor: (model, day, next) =>
      `${model} wurde am ${day} eingestellt. Stattdessen gibt es ${next}.`,
  },
  actions: {
    selection: "Ausgewählte Aufnahmen",
    selected: (count) => p(count, { one: "# ausgewählt", other: "# ausgewählt" }),
    endSelection: "Auswahl aufheben",
    tags: "Schlagwörter",
    share: "Teilen",
    archive: "Archivieren",
    unarchive: "Aus dem Archiv holen",
    bin: "In den Papierkorb",
    restore: "Wiederherstellen",
    deleteForEver: "Endgültig löschen",
    binned: (count) =>
      p(count, {
        one: "Die Aufnahme ist im Papierkorb.",
        other: "# Aufnahmen sind im Papierkorb.",
      }),
    archived: (count) =>
      p(count, { one: "Die Aufnahme ist archiviert.", other: "# Aufnahmen sind archiviert." }),
    unarchived: (count) =>
      p(count, {
        one: "Die Aufnahme ist wieder in der Bibliothek.",
        other: "# Aufnahmen sind wieder in der Bibliothek.",
      }),
    restored: (count) =>
      p(count, {
        one: "Die Aufnahme ist wiederhergestellt.",
        other: "# Aufnahmen sind wiederhergestellt.",
      }),
    gone: (count) =>
      p(count, {
        one: "Die Aufnahme ist endgültig gelöscht.",
        other: "# Aufnahmen sind endgültig gelöscht.",
      }),
    refused: (count) =>
      p(count, {
        one: "Bei # Aufnahme war das nicht möglich.",
        other: "Bei # Aufnahmen war das nicht möglich.",
      }),
    forEverTitle: "Endgültig löschen",
    forEver: (count) =>
      p(count, {
        one: "Die Aufnahme, ihr Transkript und ihre Texte werden gelöscht. Niemand kann sie zurückholen.",
        other:
          "# Aufnahmen, ihre Transkripte und Texte werden gelöscht. Niemand kann sie zurückholen.",
      }),
    exportMany: "Exportieren",
    exportTitle: (count) =>
      p(count, { one: "# Aufnahme exportieren", other: "# Aufnahmen exportieren" }),
    exportHint: "Alle in einer ZIP-Datei. Was noch kein Transkript hat, wird darin genannt.",
    exportHintFiles: (count) =>
      p(count, {
        one: "Eine ZIP-Datei. Was noch kein Transkript hat, wird darin genannt.",
        other:
          "# ZIP-Dateien mit je höchstens 100 Aufnahmen. Was noch kein Transkript hat, wird darin genannt.",
      }),
    selectAll: "Alle auswählen",
    selectShown: (count) =>
      p(count, { one: "Die eine gezeigte auswählen", other: "Die # gezeigten auswählen" }),
  },
  bin: {
    hint: (days) =>
      p(days, {
        one: "Was im Papierkorb liegt, wird nach # Tag endgültig gelöscht.",
        other: "Was im Papierkorb liegt, wird nach # Tagen endgültig gelöscht.",
      }),
    left: (days) => p(days, { one: "Wird in # Tag gelöscht", other: "Wird in # Tagen gelöscht" }),
  },
  tags: {
    title: (title) => `Schlagwörter von ${title}`,
    titleMany: (count) =>
      p(count, {
        one: "Schlagwörter von # Aufnahme",
        other: "Schlagwörter von # Aufnahmen",
      }),
    none: "Noch keine Schlagwörter.",
    add: "Schlagwort hinzufügen",
    name: "Neues Schlagwort",
    colour: "Farbe",
    colourNumber: (number) => `Farbe ${number}`,
    uses: (count) => p(count, { one: "# Aufnahme", other: "# Aufnahmen" }),
    manage: "Schlagwörter ändern",
    manageTitle: "Eigene Schlagwörter",
    nameOf: (name) => `Name des Schlagworts ${name}`,
    colourOf: (name) => `Farbe des Schlagworts ${name}`,
    remove: (name) => `Schlagwort ${name} löschen`,
    removed: "Das Schlagwort ist gelöscht. Aufnahmen, die es hatten, bleiben.",
  },
  shares: {
    title: "Geteilte Links · MP4toText",
    heading: "Geteilte Links",
    hint: "Wer einen Link hat, liest das Transkript ohne Konto und kann nichts ändern.",
    none: "Nichts ist geteilt.",
    noneHere: "Diese Aufnahme ist nicht geteilt.",
    titleOf: (title) => `${title} teilen`,
    make: "Link erstellen",
    made: "Der Link ist erstellt und kopiert.",
    madeOnly: "Der Link ist erstellt.",
    end: "Endet",
    ends: {
      day: "Nach einem Tag",
      week: "Nach einer Woche",
      month: "Nach 30 Tagen",
      never: "Wenn ich ihn beende",
      date: "An einem Tag",
    },
    lastDay: "Letzter Tag",
    password: "Passwort",
    passwordHint: "Mindestens 4 Zeichen. Leer: der Link allein genügt.",
    withSound: "Mit Ton und Bild",
    withSpeakers: "Mit den Namen der Sprecher",
    mayExport: "Herunterladen ist erlaubt",
    mayComment: "Kommentare sind erlaubt",
    noSound: "ohne Ton",
    noSpeakers: "ohne Namen der Sprecher",
    withDownloads: "mit Downloads",
    withComments: "mit Kommentaren",
    link: "Adresse",
    copy: "Link kopieren",
    endNow: "Beenden",
    endOf: (title) => `Link zu ${title} beenden`,
    ended: "Der Link führt nirgendwohin mehr.",
    until: (moment) => `bis ${moment}`,
    expired: "ist abgelaufen",
    open: "ohne Ende",
    hasPassword: "mit Passwort",
    opened: (count) => p(count, { one: "einmal geöffnet", other: "#-mal geöffnet" }),
    neverOpened: "noch nicht geöffnet",
  },
  comments: {
    heading: "Kommentare",
    none: "Noch keine Kommentare.",
    name: "Dein Name",
    comment: "Kommentar",
    hint: "Reiner Text. Wer diesen Link hat, kann ihn mit dem Namen lesen.",
    writeAt: (time) => `Bei ${time} kommentieren`,
    written: "Der Kommentar ist da.",
    goTo: (time) => `Zu ${time} gehen`,
    answer: "Antwort",
    toAnswer: "Antworten",
    answerTo: (name) => `${name} antworten`,
    delete: "Löschen",
    deleteOf: (name) => `Kommentar von ${name} löschen`,
    deleted: "Der Kommentar ist gelöscht.",
  },
  shared: {
    title: "Geteilte Aufnahme · MP4toText",
    heading: "Geteilte Aufnahme",
    until: (moment) => `Lesbar bis ${moment}`,
    password: "Passwort",
    needsPassword:
      "Diese Aufnahme ist mit einem Passwort geteilt. Wer den Link weitergegeben hat, kennt es.",
    wrongPassword: "Das ist nicht das Passwort.",
    open: "Öffnen",
    chapters: "Kapitel",
    download: "Herunterladen",
    format: "Format",
    notShared: "Der Ton dieser Aufnahme ist nicht geteilt.",
    textOf: (title) => `Text von ${title}`,
  },
  search: {
    title: "Suche · MP4toText",
    heading: "Transkripte durchsuchen",
    label: "Gesuchte Wörter",
    search: "Suchen",
    hint: "Einzelne Wörter, oder mehrere zusammen in Anführungszeichen.",
    nothing: "Das hat in den Aufnahmen niemand gesagt.",
    matches: (count) => p(count, { one: "# Stelle", other: "# Stellen" }),
    hear: (time) => `Bei ${time} anhören`,
    stop: "Anhalten",
    notYet: (count) =>
      p(count, {
        one: "# Aufnahme konnte noch nicht durchsucht werden.",
        other: "# Aufnahmen konnten noch nicht durchsucht werden.",
      }),
    again: "Erneut suchen",
    tag: "Schlagwort",
    everyTag: "Alle Schlagwörter",
    nearest: "Keine Aufnahme hat diese Wörter. Diese Stellen sind der Bedeutung nach am nächsten.",
    byMeaning: "Nach Bedeutung suchen",
    speaker: "Sprecher",
  },
};
