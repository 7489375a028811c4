import { named } from "./named.ts";
import { pluralsOf } from "./plural.ts";

const p = pluralsOf<"one">("en");

// Of many recordings: tags, archive, bin, search and shares. What the library itself shows at once
// is in en.ts.
export const collection = {
  options: {
    language: "Language",
    detect: "Detect the language",
    notByEngine: (engine: string) => `Grey languages are not known to ${engine}.`,
    engine: "Engine",
    automatic: "The best that is ready here",
    notReady: (engine: string) => `${engine} (not set up)`,
    leaves: "Recordings leave this service for it.",
    stays: "Recordings stay on this service.",
    toAdd: "What other engines need",
    quality: "Accuracy",
    qualities: named({ fast: "Fast", balanced: "Balanced", best: "Best" }),
    usual: "As usual",
    speakers: "Speakers",
    speakersHint: "How many speak, if you know it; it helps.",
    findSpeakers: "Find out who speaks",
    noSpeakers: "Do not",
    noDiarizer: (missing: string) => `Speakers cannot be told apart here: ${missing}`,
    howMany: "How many",
    vocabulary: "Names and terms",
    vocabularyHint: "With commas. They are listened for.",
    cannot: (engine: string, others: string) =>
      `${engine} cannot do this. Engines that can: ${others}.`,
    nobodyCan: "No engine here can do this.",
    translate: "Translate into English while transcribing",
    denoise: "Take even noise out",
    understand: "Also find",
    limits: (size: string, length: string) => `Recordings of up to ${size} and ${length}.`,
    deletedAfter: (days: number) =>
      p(days, {
        one: "They are deleted after # day.",
        other: "They are deleted after # days.",
      }),
  },
  models: {
    ends: (model: string, day: string) => `${model} ends on ${day}.`,
    endsFor: (model: string, day: string, next: string) =>
      `${model} ends on ${day}. ${next} follows it.`,
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
    unarchive: "Back from the archive",
    bin: "Move to the bin",
    restore: "Restore",
    deleteForEver: "Delete for ever",
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
      p(count, { one: "The recording is restored.", other: "# recordings are restored." }),
    gone: (count: number) =>
      p(count, {
        one: "The recording is deleted for ever.",
        other: "# recordings are deleted for ever.",
      }),
    refused: (count: number) =>
      p(count, {
        one: "With # recording that was not possible.",
        other: "With # recordings that was not possible.",
      }),
    forEverTitle: "Delete for ever",
    forEver: (count: number) =>
      p(count, {
        one: "The recording, its transcript and its texts are deleted. Nobody can bring them back.",
        other: "# recordings, their transcripts and texts are deleted. Nobody can bring them back.",
      }),
    exportMany: "Export",
    exportTitle: (count: number) =>
      p(count, { one: "Export # recording", other: "Export # recordings" }),
    exportHint: "All of them in one ZIP file. What has no transcript yet is named in it.",
    selectAll: "Select all",
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
    manage: "Change tags",
    manageTitle: "Your tags",
    nameOf: (name: string) => `Name of the tag ${name}`,
    colourOf: (name: string) => `Colour of the tag ${name}`,
    remove: (name: string) => `Delete the tag ${name}`,
    removed: "The tag is deleted. Recordings that had it stay.",
  },
  shares: {
    title: "Shared links · MP4toText",
    heading: "Shared links",
    hint: "Whoever has a link reads the transcript without an account, and can change nothing.",
    none: "Nothing is shared.",
    noneHere: "This recording is not shared.",
    titleOf: (title: string) => `Share ${title}`,
    make: "Make a link",
    made: "The link is made, and copied.",
    madeOnly: "The link is made.",
    end: "Ends",
    ends: {
      day: "After a day",
      week: "After a week",
      month: "After 30 days",
      never: "When I end it",
      date: "On a day",
    },
    lastDay: "Last day",
    password: "Password",
    passwordHint: "At least 4 characters. Empty: the link alone is enough.",
    withSound: "With sound and picture",
    withSpeakers: "With the names of speakers",
    mayExport: "Downloads are allowed",
    link: "Link",
    copy: "Copy the link",
    endNow: "End",
    endOf: (title: string) => `End the link to ${title}`,
    ended: "The link leads nowhere any more.",
    until: (moment: string) => `until ${moment}`,
    expired: "has ended",
    open: "no end",
    hasPassword: "with a password",
    opened: (count: number) => p(count, { one: "opened once", other: "opened # times" }),
    neverOpened: "not opened yet",
  },
  shared: {
    title: "Shared recording · MP4toText",
    heading: "Shared recording",
    until: (moment: string) => `Can be read until ${moment}`,
    password: "Password",
    needsPassword: "This recording is shared with a password. Ask whoever gave you the link.",
    wrongPassword: "That is not the password.",
    open: "Open",
    chapters: "Chapters",
    download: "Download",
    format: "Format",
    madeWith: "Made with MP4toText",
    notShared: "The sound of this recording is not shared.",
    textOf: (title: string) => `Text of ${title}`,
  },
  search: {
    title: "Search · MP4toText",
    heading: "Search everything said",
    label: "Words to look for",
    search: "Search",
    hint: "Words, or several of them in quotation marks.",
    nothing: "Nobody said that in your recordings.",
    matches: (count: number) => p(count, { one: "# passage", other: "# passages" }),
    allIn: (title: string) => `Open ${title}`,
    hear: (time: string) => `Hear it at ${time}`,
    stop: "Stop",
    notYet: (count: number) =>
      p(count, {
        one: "# recording could not be searched yet.",
        other: "# recordings could not be searched yet.",
      }),
    again: "Search again",
    tag: "Tag",
    everyTag: "All tags",
    nearest: "No recording has these words. These passages mean something close.",
    byMeaning: "Search by meaning",
    speaker: "Speaker",
    everyone: "Everyone",
  },
};

export type Collection = typeof collection;
