import type { collection as english } from "./en.collection.ts";
import { pluralsOf } from "./plural.ts";

const p = pluralsOf<"one">("fr");

export const collection: typeof english = {
  options: {
    language: "Langue",
    detect: "Détecter la langue",
    notByEngine: (engine) => `${engine} ne connaît pas les langues grisées.`,
    engine: "Moteur",
    automatic: "Le meilleur qui soit prêt ici",
    notReady: (engine) => `${engine} (non configuré)`,
    leaves: "Les enregistrements quittent ce service pour ce moteur.",
    stays: "Les enregistrements restent sur ce service.",
    toAdd: "Ce qu’il faut aux autres moteurs",
    quality: "Précision",
    qualities: { fast: "Rapide", balanced: "Équilibrée", best: "La meilleure" },
    usual: "Comme d’habitude",
    speakers: "Intervenants",
    speakersHint: "Combien de personnes parlent, si vous le savez ; cela aide.",
    findSpeakers: "Trouver qui parle",
    noSpeakers: "Ne pas chercher",
    noDiarizer: (missing) => `Les intervenants ne peuvent pas être distingués ici : ${missing}`,
    howMany: "Combien",
    vocabulary: "Noms et termes",
    vocabularyHint: "Séparés par des virgules. Ils seront mieux reconnus.",
    cannot: (engine, others) =>
      `${engine} ne sait pas le faire. Moteurs qui le savent : ${others}.`,
    nobodyCan: "Aucun moteur ne sait le faire ici.",
    translate: "Traduire en anglais pendant la transcription",
    denoise: "Retirer le bruit de fond",
    alsoWrite: "Rédiger aussi",
    understand: "Trouver aussi",
    limits: (size, length) => `Enregistrements jusqu’à ${size} et ${length}.`,
    deletedAfter: (days) =>
      p(days, {
        one: "Ils sont supprimés au bout de # jour.",
        other: "Ils sont supprimés au bout de # jours.",
      }),
  },
  filters: {
    everyLanguage: "Toutes les langues",
    addedFrom: "Ajoutés à partir du",
    addedUntil: "Ajoutés jusqu’au",
  },
  models: {
    ends: (model, day) => `${model} s’arrête le ${day}.`,
    endsFor: (model, day, next) => `${model} s’arrête le ${day}. ${next} le remplace.`,
    ended: (model, day) => `${model} s’est arrêté le ${day}.`,
    endedFor: (model, day, next) => `${model} s’est arrêté le ${day}. Choisissez ${next}.`,
  },
  actions: {
    selection: "Enregistrements sélectionnés",
    selected: (count) => p(count, { one: "# sélectionné", other: "# sélectionnés" }),
    endSelection: "Terminer la sélection",
    tags: "Étiquettes",
    share: "Partager",
    archive: "Archiver",
    unarchive: "Sortir des archives",
    bin: "Mettre à la corbeille",
    restore: "Restaurer",
    deleteForEver: "Supprimer définitivement",
    binned: (count) =>
      p(count, {
        one: "L’enregistrement est dans la corbeille.",
        other: "# enregistrements sont dans la corbeille.",
      }),
    archived: (count) =>
      p(count, {
        one: "L’enregistrement est archivé.",
        other: "# enregistrements sont archivés.",
      }),
    unarchived: (count) =>
      p(count, {
        one: "L’enregistrement est de retour dans la bibliothèque.",
        other: "# enregistrements sont de retour dans la bibliothèque.",
      }),
    restored: (count) =>
      p(count, {
        one: "L’enregistrement est restauré.",
        other: "# enregistrements sont restaurés.",
      }),
    gone: (count) =>
      p(count, {
        one: "L’enregistrement est supprimé définitivement.",
        other: "# enregistrements sont supprimés définitivement.",
      }),
    refused: (count) =>
      p(count, {
        one: "Ce n’était pas possible pour # enregistrement.",
        other: "Ce n’était pas possible pour # enregistrements.",
      }),
    forEverTitle: "Supprimer définitivement",
    forEver: (count) =>
      p(count, {
        one: "L’enregistrement, sa transcription et ses textes seront supprimés. Personne ne pourra les récupérer.",
        other:
          "# enregistrements, leurs transcriptions et leurs textes seront supprimés. Personne ne pourra les récupérer.",
      }),
    exportMany: "Exporter",
    exportTitle: (count) =>
      p(count, { one: "Exporter # enregistrement", other: "Exporter # enregistrements" }),
    exportHint:
      "Tous dans un fichier ZIP. Ceux qui n’ont pas encore de transcription y sont nommés.",
    exportHintFiles: (count) =>
      p(count, {
        one: "Un fichier ZIP. Ceux qui n’ont pas encore de transcription y sont nommés.",
        other:
          "# fichiers ZIP de 100 enregistrements au plus. Ceux qui n’ont pas encore de transcription y sont nommés.",
      }),
    selectAll: "Tout sélectionner",
    selectShown: (count) =>
      p(count, { one: "Sélectionner celui affiché", other: "Sélectionner les # affichés" }),
  },
  bin: {
    hint: (days) =>
      p(days, {
        one: "Le contenu de la corbeille est supprimé définitivement au bout de # jour.",
        other: "Le contenu de la corbeille est supprimé définitivement au bout de # jours.",
      }),
    left: (days) => p(days, { one: "Supprimé dans # jour", other: "Supprimé dans # jours" }),
  },
  tags: {
    title: (title) => `Étiquettes de ${title}`,
    titleMany: (count) =>
      p(count, { one: "Étiquettes de # enregistrement", other: "Étiquettes de # enregistrements" }),
    none: "Il n’y a pas encore d’étiquette.",
    add: "Ajouter une étiquette",
    name: "Nouvelle étiquette",
    colour: "Couleur",
    colourNumber: (number) => `Couleur ${number}`,
    uses: (count) => p(count, { one: "# enregistrement", other: "# enregistrements" }),
    manage: "Modifier les étiquettes",
    manageTitle: "Vos étiquettes",
    nameOf: (name) => `Nom de l’étiquette ${name}`,
    colourOf: (name) => `Couleur de l’étiquette ${name}`,
    remove: (name) => `Supprimer l’étiquette ${name}`,
    removed: "L’étiquette est supprimée. Les enregistrements qui l’avaient restent.",
  },
  shares: {
    title: "Liens de partage · MP4toText",
    heading: "Liens de partage",
    hint: "Qui a un lien lit la transcription sans compte, et ne peut rien modifier.",
    none: "Rien n’est partagé.",
    noneHere: "Cet enregistrement n’est pas partagé.",
    titleOf: (title) => `Partager ${title}`,
    make: "Créer un lien",
    made: "Le lien est créé et copié.",
    madeOnly: "Le lien est créé.",
    end: "Fin",
    ends: {
      day: "Dans un jour",
      week: "Dans une semaine",
      month: "Dans 30 jours",
      never: "Quand j’y mets fin",
      date: "Un jour précis",
    },
    lastDay: "Dernier jour",
    password: "Mot de passe",
    passwordHint: "Au moins 4 caractères. Vide : le lien suffit.",
    withSound: "Avec le son et l’image",
    withSpeakers: "Avec les noms des intervenants",
    mayExport: "Téléchargements autorisés",
    mayComment: "Commentaires autorisés",
    noSound: "sans le son",
    noSpeakers: "sans les noms des intervenants",
    withDownloads: "avec téléchargements",
    withComments: "avec commentaires",
    link: "Lien",
    copy: "Copier le lien",
    endNow: "Mettre fin",
    endOf: (title) => `Mettre fin au lien vers ${title}`,
    ended: "Le lien ne mène plus nulle part.",
    until: (moment) => `jusqu’au ${moment}`,
    expired: "terminé",
    open: "sans fin",
    hasPassword: "avec un mot de passe",
    opened: (count) => p(count, { one: "ouvert une fois", other: "ouvert # fois" }),
    neverOpened: "pas encore ouvert",
  },
  comments: {
    heading: "Commentaires",
    none: "Pas encore de commentaire.",
    name: "Votre nom",
    comment: "Commentaire",
    hint: "Texte simple. Qui a ce lien peut le lire, avec votre nom.",
    writeAt: (time) => `Commenter à ${time}`,
    written: "Votre commentaire est en place.",
    goTo: (time) => `Aller à ${time}`,
    answer: "Réponse",
    toAnswer: "Répondre",
    answerTo: (name) => `Répondre à ${name}`,
    delete: "Supprimer",
    deleteOf: (name) => `Supprimer le commentaire de ${name}`,
    deleted: "Le commentaire est supprimé.",
  },
  shared: {
    title: "Enregistrement partagé · MP4toText",
    heading: "Enregistrement partagé",
    until: (moment) => `Lisible jusqu’au ${moment}`,
    password: "Mot de passe",
    needsPassword:
      "Cet enregistrement est partagé avec un mot de passe. Demandez-le à qui vous a donné le lien.",
    wrongPassword: "Ce n’est pas le mot de passe.",
    open: "Ouvrir",
    chapters: "Chapitres",
    download: "Télécharger",
    format: "Format",
    notShared: "Le son de cet enregistrement n’est pas partagé.",
    textOf: (title) => `Texte de ${title}`,
  },
  search: {
    title: "Recherche · MP4toText",
    heading: "Chercher dans tout ce qui a été dit",
    label: "Mots à chercher",
    search: "Chercher",
    hint: "Des mots, ou plusieurs à la suite entre guillemets.",
    nothing: "Personne n’a dit cela dans vos enregistrements.",
    matches: (count) => p(count, { one: "# passage", other: "# passages" }),
    hear: (time) => `Écouter à ${time}`,
    stop: "Arrêter",
    notYet: (count) =>
      p(count, {
        one: "# enregistrement n’a pas encore pu être parcouru.",
        other: "# enregistrements n’ont pas encore pu être parcourus.",
      }),
    again: "Chercher de nouveau",
    tag: "Étiquette",
    everyTag: "Toutes les étiquettes",
    nearest:
      "Aucun enregistrement ne contient ces mots. Ces passages sont les plus proches par le sens.",
    byMeaning: "Chercher par le sens",
    speaker: "Intervenant",
  },
};
