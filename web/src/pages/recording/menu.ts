import type { App } from "../../app.ts";
import type { CommandId } from "../../commands.ts";
import type { StudioSentences } from "../../languages/en.studio.ts";
import type { MenuItem } from "../../parts/Menu.svelte";

const SMALLEST = 15;
const LARGEST = 28; // pixels of a letter
const STEP = 2;

interface Given {
  readonly app: App;
  readonly id: string; // of the recording
  readonly canUndo: boolean;
  readonly canRedo: boolean;
  /** What stands beside the menu in a wide window is in it. */
  readonly isNarrow: boolean;
  readonly studio: StudioSentences | null;
  readonly keyOf: (command: CommandId) => string | null;
  readonly onrename: () => void;
}

/** The menu of an open transcript. */
export function itemsOf({ app, id, canUndo, canRedo, isNarrow, ...given }: Given): MenuItem[] {
  const { keys, preferences, router, texts } = app;
  const t = texts.t.recording;
  const reason = (can: boolean) => (can ? null : t.nothingToDo);
  const to = (label: string, page: string) => ({ label, run: () => router.go(`r/${id}/${page}`) });
  const does = (label: string, command: CommandId) => ({
    label,
    run: () => void keys.run(command),
  });
  const { size } = preferences.now;
  const resized = (label: string, to: number) => ({
    label,
    run: () => preferences.change({ size: Math.max(SMALLEST, Math.min(LARGEST, to)) }),
    reason: reason(to > size ? size < LARGEST : size > SMALLEST),
  });
  const { studio, keyOf } = given;
  return [
    { ...does(t.undo, "undo"), key: keyOf("undo"), reason: reason(canUndo) },
    { ...does(t.redo, "redo"), key: keyOf("redo"), reason: reason(canRedo) },
    ...(isNarrow
      ? [
          to(t.texts, "texts"),
          ...(studio ? [to(studio.pictures, "pictures"), to(studio.video, "video")] : []),
          does(t.find, "find"),
          does(t.share, "share"),
          does(t.export, "export"),
        ]
      : []),
    { label: t.rename, run: given.onrename },
    {
      label: t.doubts,
      checked: preferences.now.doubts,
      run: () => preferences.change({ doubts: !preferences.now.doubts }),
    },
    ...(["serif", "sans"] as const).map((font) => ({
      label: t.fonts[font],
      checked: preferences.now.font === font,
      run: () => preferences.change({ font }),
    })),
    resized(t.larger, size + STEP),
    resized(t.smaller, size - STEP),
  ];
}
