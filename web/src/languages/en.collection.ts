import { named } from "./named.ts";
import { pluralsOf } from "./plural.ts";

const p = pluralsOf<"one">("en");

// Of many recordings: tags, archive, bin, search and shares. What the library itself shows at once
// is in en.ts.
export const collection = {
  options: {
    language: "Language",
    detect: "Detect the language",
    notByEngine: (engine: string) => `${engine} does not support the languages in grey.`,
    engine: "Engine",
    automatic: "Best available engine",
    notReady: (engine: string) => `${engine} (not set up)`,
    leaves: "Recordings are sent to this provider.",
    stays: "Recordings stay on this service.",
    toAdd: "Requirements of other engines",
    quality: "Accuracy",
    qualities: named({ fast: "Fast", balanced: "Balanced", best: "Best" }),
    usual: "Default",
    speakers: "Speakers",
    speakersHint: "The number of speakers, if known, improves the result.",
    findSpeakers: "Identify speakers",
    noSpeakers: "Do not identify",
    noDiarizer: (missing: string) => `Speakers cannot be identified here: ${missing}`,
    howMany: "How many",
    vocabulary: "Names and terms",
    vocabularyHint: "Separated by commas. Helps to recognise them.",
    cannot: (engine: string, others: string) =>
      `${engine} cannot do this. Engines that can: ${others}.`,
    nobodyCan: "No engine here can do this.",
    translate: "Translate into English while transcribing",
    denoise: "Reduce background noise",
    alsoWrite: "Also write",
    understand: "Also find",
    limits: (size: string, length: string) => `Recordings of up to ${size} and ${length}.`,
    deletedAfter: (days: number) =>
      p(days, {
        one: "They are deleted after # day.",
        other: "They are deleted after # days.",
      }),
  },
  filters: {
    everyLanguage: "All languages",
    addedFrom: "Added from",
    addedUntil: "Added until",
  },
  models: {
    ends: (model: string, day: string) => `${model} ends on ${day}.`,
    endsFor: (model: string, day: string, next: string) =>
      `${model} ends on ${day}. ${next} replaces it.`,
    ended: (model: string, day: string) => `${model} ended on ${day}.`,
    endedFor: (model: string, day: string, next: string) =>
      `${model} ended on ${day}. Choose ${next}.`,
  },
  actions: {
    selection: "Selected recordings",
    selected: (count: number) => p(count, { one: "# selected", other: "# selected" }),
    endSelection: "End selection",
    tags: "Tags",
    share: "Share",
    archive: "Archive",
    unarchive: "Unarchive",
    bin: "Move to the bin",
    restore: "Restore",
    deleteForEver: "Delete permanently",
    binned: (count: number) =>
      p(count, { one: "The recording is in the bin.", other: "# recordings are in the bin." }),
    archived: (count: number) =>
      p(count, { one: "The recording is archived.", other: "# recordings are archived." }),
    unarchived: (count: number) =>
      p(count, {
        one: "The recording is back in the library.",
        other: "# recordings are back in the library.",
      }),
    restored: (count: number) =>
      p(count, { one: "The recording was restored.", other: "# recordings were restored." }),
    gone: (count: number) =>
      p(count, {
        one: "The recording was permanently deleted.",
        other: "# recordings were permanently deleted.",
      }),
    refused: (count: number) =>
      p(count, {
        one: "# recording could not be changed.",
        other: "# recordings could not be changed.",
      }),
    forEverTitle: "Delete permanently",
    forEver: (count: number) =>
      p(count, {
        one: "The recording, its transcript and its texts are deleted. This cannot be undone.",
        other: "# recordings, their transcripts and texts are deleted. This cannot be undone.",
      }),
    exportMany: "Export",
    exportTitle: (count: number) =>
      p(count, { one: "Export # recording", other: "Export # recordings" }),
    exportHint: "All of them in one ZIP file. It lists recordings that have no transcript yet.",
    exportHintFiles: (count: number) =>
      p(count, {
        one: "One ZIP file. It lists recordings that have no transcript yet.",
        other:
          "# ZIP files of at most 100 recordings each. They list recordings that have no transcript yet.",
      }),
    selectAll: "Select all",
    selectShown: (count: number) =>
      p(count, { one: "Select the one shown", other: "Select the # shown" }),
  },
  bin: {
    hint: (days: number) =>
      p(days, {
        one: "Recordings in the bin are permanently deleted after # day.",
        other: "Recordings in the bin are permanently deleted after # days.",
      }),
    left: (days: number) => p(days, { one: "Deleted in # day", other: "Deleted in # days" }),
  },
  tags: {
    title: (title: string) => `Tags of ${title}`,
    titleMany: (count: number) =>
      p(count, { one: "Tags of # recording", other: "Tags of # recordings" }),
    none: "There are no tags yet.",
    add: "Add a tag",
    name: "New tag",
    colour: "Colour",
    colourNumber: (number: number) => `Colour ${number}`,
    uses: (count: number) => p(count, { one: "# recording", other: "# recordings" }),
    manage: "Manage tags",
    manageTitle: "Your tags",
    nameOf: (name: string) => `Name of the tag ${name}`,
    colourOf: (name: string) => `Colour of the tag ${name}`,
    remove: (name: string) => `Delete the tag ${name}`,
    removed: "The tag was deleted. Its recordings are kept.",
  },
  shares: {
    title: "Shared links · MP4toText",
    heading: "Shared links",
    hint: "Anyone with a link can read the transcript without an account, but cannot change it.",
    none: "Nothing is shared.",
    noneHere: "This recording is not shared.",
    titleOf: (title: string) => `Share ${title}`,
    make: "Create a link",
    made: "The link was created and copied.",
    madeOnly: "The link was created.",
    end: "Ends",
    ends: {
      day: "After a day",
      week: "After a week",
      month: "After 30 days",
      never: "Never",
      date: "On a date",
    },
    lastDay: "Last day",
    password: "Password",
    passwordHint: "At least 4 characters. Leave empty for no password.",
    withSound: "Include audio and video",
    withSpeakers: "Include speaker names",
    mayExport: "Allow downloads",
    mayComment: "Allow comments",
    noSound: "without sound",
    noSpeakers: "without speaker names",
    withDownloads: "with downloads",
    withComments: "with comments",
    link: "Link",
    copy: "Copy the link",
    endNow: "End",
    endOf: (title: string) => `End the link to ${title}`,
    ended: "The link no longer works.",
    until: (moment: string) => `until ${moment}`,
    expired: "expired",
    open: "does not expire",
    hasPassword: "with a password",
    opened: (count: number) => p(count, { one: "opened once", other: "opened # times" }),
    neverOpened: "not opened yet",
  },
  comments: {
    heading: "Comments",
    none: "No comments yet.",
    name: "Your name",
    comment: "Comment",
    hint: "Plain text. Anyone with this link can read it and see your name.",
    writeAt: (time: string) => `Comment at ${time}`,
    written: "Your comment was added.",
    goTo: (time: string) => `Go to ${time}`,
    answer: "Reply",
    toAnswer: "Reply",
    answerTo: (name: string) => `Reply to ${name}`,
    delete: "Delete",
    deleteOf: (name: string) => `Delete ${name}’s comment`,
    deleted: "The comment was deleted.",
  },
  shared: {
    title: "Shared recording · MP4toText",
    heading: "Shared recording",
    until: (moment: string) => `Available until ${moment}`,
    password: "Password",
    needsPassword: "This recording is shared with a password. Ask whoever gave you the link.",
    wrongPassword: "Wrong password.",
    open: "Open",
    chapters: "Chapters",
    download: "Download",
    format: "Format",
    notShared: "The sound of this recording is not shared.",
    textOf: (title: string) => `Text of ${title}`,
  },
  search: {
    title: "Search · MP4toText",
    heading: "Search transcripts",
    label: "Search terms",
    search: "Search",
    hint: "Use quotation marks for an exact phrase.",
    nothing: "No matches in your recordings.",
    matches: (count: number) => p(count, { one: "# passage", other: "# passages" }),
    hear: (time: string) => `Play from ${time}`,
    stop: "Stop",
    notYet: (count: number) =>
      p(count, {
        one: "# recording is not indexed yet.",
        other: "# recordings are not indexed yet.",
      }),
    again: "Search again",
    tag: "Tag",
    everyTag: "All tags",
    nearest: "No exact matches. These passages have a similar meaning.",
    byMeaning: "Search by meaning",
    speaker: "Speaker",
  },
};

export type Collection = typeof collection;
