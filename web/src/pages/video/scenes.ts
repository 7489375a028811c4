import type { Schemas } from "../../api/client.ts";

export type Board = Schemas["Storyboard"];
export type Scene = Board["scenes"][number];
/** Changes by the scenes' ids, as the service merges them; null removes a scene. */
export type SceneChanges = Readonly<Record<string, Readonly<Record<string, unknown>> | null>>;

const SHORTEST_MS = 1_000;
const SNAP_MS = 200; // a border that is dragged so near to the end of a passage goes there

/** Between which times the border after a scene can be. */
export function limitsOf(board: Board, at: number): { min: number; max: number } | null {
  const [scene, next] = [board.scenes[at], board.scenes[at + 1]];
  if (!scene || !next) return null;
  const shortest = Math.max(SHORTEST_MS, 2 * (board.between?.ms ?? 0));
  return { min: scene.start_ms + shortest, max: next.end_ms - shortest };
}

/** Moves the border after a scene: what is shown while it is dragged. */
export function withBorder(scenes: readonly Scene[], at: number, ms: number): Scene[] {
  return scenes.map((scene, each) => {
    if (each === at) return { ...scene, end_ms: ms };
    return each === at + 1 ? { ...scene, start_ms: ms } : scene;
  });
}

export function borderChange(board: Board, at: number, ms: number): SceneChanges {
  const [scene, next] = [board.scenes[at], board.scenes[at + 1]];
  if (!scene || !next) return {};
  return { [scene.id]: { end_ms: ms }, [next.id]: { start_ms: ms } };
}

export function snapped(ms: number, ends: readonly number[]): number {
  const near = ends.filter((end) => Math.abs(end - ms) <= SNAP_MS);
  return near.sort((a, b) => Math.abs(a - ms) - Math.abs(b - ms))[0] ?? ms;
}

/** Two scenes of one; null where the halves would be too short. */
export function splitChange(board: Board, at: number): SceneChanges | null {
  const scene = board.scenes[at];
  if (!scene || board.scenes.length >= 400) return null;
  const middle = Math.round((scene.start_ms + scene.end_ms) / 2);
  const shortest = Math.max(SHORTEST_MS, 2 * (board.between?.ms ?? 0));
  if (middle - scene.start_ms < shortest || scene.end_ms - middle < shortest) return null;
  const id = `s${Math.max(...board.scenes.map((each) => Number(each.id.slice(1)))) + 1}`;
  const { end_ms, picture, motion } = scene;
  return { [scene.id]: { end_ms: middle }, [id]: { start_ms: middle, end_ms, picture, motion } };
}

/** One scene of two, with the picture of the first. */
export function joinChange(board: Board, at: number): SceneChanges | null {
  const [scene, next] = [board.scenes[at], board.scenes[at + 1]];
  if (!scene || !next) return null;
  return { [scene.id]: { end_ms: next.end_ms }, [next.id]: null };
}

/** Scenes that show a card or a frame of the film: a model can draw a picture for each. */
export function undrawn(board: Pick<Board, "scenes">): readonly Scene[] {
  return board.scenes.filter(({ picture: { kind } }) => kind === "card" || kind === "frame");
}

/** How a card is set. */
export type Layout = Schemas["CardText"]["layout"];

/** The fields for one kind of picture in a scene; those of other kinds are cleared. */
export function pictureChange(
  picture:
    | { kind: "card"; large: string; small: string; layout: Layout }
    | { kind: "frame"; at_ms: number | null }
    | { kind: "image"; image_id: string },
): Readonly<Record<string, unknown>> {
  const none = { card: null, at_ms: null, image_id: null };
  if (picture.kind !== "card") return { picture: { ...none, ...picture } };
  const { kind, large, small, layout } = picture;
  return { picture: { ...none, kind, card: { large, small, layout } } };
}

/** Differs when a scene looks different: part of the address of its preview. */
export function looksOf(board: Board, scene: Scene): string {
  const { look, captions, aspect, seed, definition, from_ms: fromMs } = board;
  const facts = JSON.stringify([scene, look, captions, aspect, seed, definition, fromMs]);
  let hash = 0x811c9dc5; // FNV-1a
  for (const character of facts) {
    hash = Math.imul(hash ^ (character.codePointAt(0) ?? 0), 0x01000193);
  }
  return (hash >>> 0).toString(16);
}
