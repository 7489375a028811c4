/**
 * Every command that has a key. Buttons, menus, the list of keys, "go to anything" and the tests
 * read this table; a page that can do one of them gives the verb of the same name.
 */
export const COMMANDS: readonly Command[] = [
  // Everywhere, also while typing.
  row("play", "everywhere", ["Escape", "Ctrl+Space"], ["F9"]),
  row("back", "everywhere", ["F1"], ["F7"]),
  row("forward", "everywhere", ["F2"], ["F8"]),
  row("slower", "everywhere", ["F3"], ["F2"]),
  row("faster", "everywhere", ["F4"], ["F3"]),
  row("repeatSlowly", "everywhere", ["Shift+Escape"], ["F6"]),
  row("holdToPlay", "everywhere", [], []),
  row("find", "everywhere", ["Ctrl+f"]),
  row("replace", "everywhere", ["Ctrl+h"]),
  row("goTo", "everywhere", ["Ctrl+k"]),
  row("export", "everywhere", ["Ctrl+e"]),
  row("share", "everywhere", []),
  row("undo", "everywhere", ["Ctrl+z"]),
  row("redo", "everywhere", ["Ctrl+Shift+z", "Ctrl+y"]),
  // While a transcript is read.
  row("playReading", "reading", ["Space", "k"]),
  row("backReading", "reading", ["ArrowLeft"]),
  row("forwardReading", "reading", ["ArrowRight"]),
  row("wordBack", "reading", [","]),
  row("wordOn", "reading", ["."]),
  row("previousPassage", "reading", ["ArrowUp"]),
  row("nextPassage", "reading", ["ArrowDown"]),
  row("edit", "reading", ["Enter"]),
  row("nextDoubt", "reading", ["d"]),
  row("previousDoubt", "reading", ["Shift+d"]),
  row("startHere", "reading", ["["]),
  row("endHere", "reading", ["]"]),
  row("check", "reading", ["c"]),
  row("follow", "reading", ["f"]),
  row("speaker", "reading", ["s"]),
  row("zoomIn", "reading", ["+", "="]),
  row("zoomOut", "reading", ["-"]),
  row("keys", "reading", ["?"]),
  // In the list of recordings.
  row("select", "reading", ["x"]),
  row("selectAll", "reading", ["Ctrl+a"]),
  row("remove", "reading", ["Delete"]),
  row("endSelection", "reading", ["Escape"]),
  // While a passage is edited.
  row("split", "editing", ["Enter"]),
  row("mergeBefore", "editing", ["Backspace"]),
  row("done", "editing", ["Ctrl+Enter"]),
  row("previousEditing", "editing", ["Alt+ArrowUp"]),
  row("nextEditing", "editing", ["Alt+ArrowDown"]),
  row("nextDoubtEditing", "editing", ["Alt+ArrowRight"]),
  row("previousDoubtEditing", "editing", ["Alt+ArrowLeft"]),
  row("restore", "editing", ["Ctrl+Alt+z"]),
  ...([1, 2, 3, 4, 5, 6, 7, 8, 9] as const).flatMap((n) => [
    row(`speaker${n}`, "reading", [String(n)]),
    row(`speakerEditing${n}`, "editing", [`Alt+${n}`]),
  ]),
];

type Digit = 1 | 2 | 3 | 4 | 5 | 6 | 7 | 8 | 9;

export type Where = "everywhere" | "reading" | "editing";
export type Preset = "otranscribe" | "express";
export type CommandId =
  | "play"
  | "back"
  | "forward"
  | "slower"
  | "faster"
  | "repeatSlowly"
  | "holdToPlay"
  | "find"
  | "replace"
  | "goTo"
  | "export"
  | "share"
  | "undo"
  | "redo"
  | "playReading"
  | "backReading"
  | "forwardReading"
  | "wordBack"
  | "wordOn"
  | "previousPassage"
  | "nextPassage"
  | "edit"
  | "nextDoubt"
  | "previousDoubt"
  | "startHere"
  | "endHere"
  | "check"
  | "follow"
  | "speaker"
  | "zoomIn"
  | "zoomOut"
  | "keys"
  | "select"
  | "selectAll"
  | "remove"
  | "endSelection"
  | "split"
  | "mergeBefore"
  | "done"
  | "previousEditing"
  | "nextEditing"
  | "nextDoubtEditing"
  | "previousDoubtEditing"
  | "restore"
  | `speaker${Digit}`
  | `speakerEditing${Digit}`;

export interface Command {
  readonly id: CommandId;
  readonly where: Where;
  readonly keys: Readonly<Record<Preset, readonly string[]>>;
}

/** What a page can do; each verb answers whether it did something. */
export type Verbs = Partial<Record<CommandId, () => boolean>>;

function row(
  id: CommandId,
  where: Where,
  otranscribe: readonly string[],
  express: readonly string[] = otranscribe,
): Command {
  return { id, where, keys: { otranscribe, express } };
}

/**
 * The key that was pressed, in the notation of the table: Ctrl+Shift+z, Escape, k. On a Mac Cmd
 * replaces Ctrl, and Ctrl replaces Alt. Null while an input method composes.
 */
export function keyOf(event: KeyboardEvent, mac: boolean): string | null {
  if (event.isComposing || event.keyCode === 229) return null;
  if (["Control", "Shift", "Alt", "Meta", "AltGraph"].includes(event.key)) return null;
  const ctrl = mac ? event.metaKey : event.ctrlKey;
  const alt = mac ? event.ctrlKey : event.altKey;
  const named = event.key === " " ? "Space" : event.key;
  // With Alt a Mac and some layouts type another letter; the digit's or letter's own key counts.
  const physical = /^(?:Digit|Key)(\w)$/.exec(event.code)?.[1]?.toLowerCase();
  const key = named.length > 1 ? named : alt && physical ? physical : named.toLowerCase();
  // A sign that needs Shift says so itself; letters and named keys do not.
  const shift = event.shiftKey && (named.length > 1 || /\p{L}/u.test(key));
  return [ctrl && "Ctrl", alt && "Alt", shift && "Shift", key].filter(Boolean).join("+");
}

/** Whether a key types something, so that it acts only outside text fields. */
export function isLetter(key: string): boolean {
  return key.length === 1 || key === "Space" || /^Shift\+.$/u.test(key);
}

/** A key as it is labelled on the keyboard. */
export function keyLabel(key: string, mac: boolean): string {
  const names: Record<string, string> = mac
    ? { Ctrl: "⌘", Alt: "⌃", Shift: "⇧", Escape: "Esc" }
    : { Escape: "Esc" };
  const arrows: Record<string, string> = {
    ArrowUp: "↑",
    ArrowDown: "↓",
    ArrowLeft: "←",
    ArrowRight: "→",
  };
  return key
    .split(/\+(?=.)/)
    .map((part) => names[part] ?? arrows[part] ?? (part.length === 1 ? part.toUpperCase() : part))
    .join(mac ? "" : "+");
}
