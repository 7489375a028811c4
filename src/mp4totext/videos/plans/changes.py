"""Changes of a storyboard; pure. A change that the recording does not allow is refused here."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue, ValidationError

from mp4totext.kit.validation import ERRORS_MAX, message_of, shown_path
from mp4totext.media.cards import Card, undrawable
from mp4totext.transcript import Transcript
from mp4totext.videos.errors import BadStoryboard, CardNotDrawable, NoPictureTrack
from mp4totext.videos.planning import cut, refuse_bad_stretch, refuse_undrawable
from mp4totext.videos.presets import PRESETS, Preset
from mp4totext.videos.slides import quotes
from mp4totext.videos.storyboard import Scene, Storyboard

Patch = Mapping[str, JsonValue]

_FROM_RECORDING = frozenset({"source", "frame"})


def changed(board: Storyboard, patch: Patch) -> Storyboard:
    """A JSON Merge Patch (RFC 7396) applied to a storyboard.

    ``scenes`` may also be an object by the scenes' ids: each is merged into its scene, null removes
    it, and a new id adds one. Raises BadStoryboard with the path of every fault.
    """
    document = board.as_json()
    scenes = patch.get("scenes")
    if isinstance(scenes, dict):
        patch = {**patch, "scenes": _scenes_by_id(document["scenes"], scenes)}
    try:
        return Storyboard.model_validate(_merged(document, patch))
    except ValidationError as error:
        raise _refusal(error) from error


def _scenes_by_id(scenes: list[dict[str, Any]], changes: dict[str, JsonValue]) -> list[JsonValue]:
    by_id: dict[str, Any] = {scene["id"]: scene for scene in scenes}
    for scene_id, change in changes.items():
        if change is None:
            by_id.pop(scene_id, None)
        elif isinstance(change, dict):
            by_id[scene_id] = _merged(by_id.get(scene_id, {}), {**change, "id": scene_id})
        else:
            by_id[scene_id] = change  # refused with its path
    return sorted(by_id.values(), key=_start)


def _start(scene: JsonValue) -> int:
    start_ms = scene.get("start_ms") if isinstance(scene, dict) else None
    return start_ms if isinstance(start_ms, int) else 0


def _merged(target: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """Merges only as deep as the target goes: a patch may be nested arbitrarily."""
    result = dict(target)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict) and isinstance(result.get(name), dict):
            result[name] = _merged(result[name], value)
        else:
            result[name] = value
    return result


def _refusal(error: ValidationError) -> BadStoryboard:
    items = error.errors(include_url=False, include_input=False)
    # A list with a faulty item is called too short as well.
    with_inner = {item["loc"][:1] for item in items if len(item["loc"]) > 1}
    errors = [
        {
            "where": shown_path(["storyboard", *map(str, item["loc"])]),
            "message": item["msg"].removeprefix("Value error, ")
            if item["type"] == "value_error"
            else message_of(item),
        }
        for item in items
        if item["loc"] not in with_inner
    ][:ERRORS_MAX]
    return BadStoryboard(f"{errors[0]['where']}: {errors[0]['message']}", errors=errors)


def checked(
    board: Storyboard, preset: Preset, transcript: Transcript, *, has_video: bool
) -> Storyboard:
    """The same storyboard with the quotes of its scenes. Raises AppError for what cannot be made.

    ``transcript``: of the whole recording.
    """
    refuse_bad_stretch(PRESETS[preset], board.from_ms, board.to_ms, transcript.duration_ms)
    kinds = {scene.picture.kind for scene in board.scenes}
    if kinds & _FROM_RECORDING and not has_video:
        raise NoPictureTrack("The recording has no picture: choose cards or pictures of your own.")
    if board.aspect == "source" and "source" not in kinds:
        raise NoPictureTrack("There is no picture to take the aspect ratio from: choose an aspect.")
    spoken = cut(transcript, board.from_ms, board.to_ms)
    if board.captions.are_burned:
        refuse_undrawable(spoken)
    for at, scene in enumerate(board.scenes):
        _refuse_unfit(scene, f"storyboard.scenes.{at}", transcript)
    starts_ms = [scene.start_ms - board.from_ms for scene in board.scenes]
    scenes = tuple(
        scene if scene.quote == quote else scene.model_copy(update={"quote": quote})
        for scene, quote in zip(board.scenes, quotes(spoken, starts_ms), strict=True)
    )
    return board.model_copy(update={"scenes": scenes})


def _refuse_unfit(scene: Scene, where: str, transcript: Transcript) -> None:
    picture = scene.picture
    if picture.at_ms is not None and picture.at_ms >= transcript.duration_ms:
        message = f"the recording is {transcript.duration_ms} ms long"
        raise BadStoryboard(
            f"{where}.picture.at_ms: {message}",
            errors=[{"where": f"{where}.picture.at_ms", "message": message}],
        )
    if picture.card is not None:
        text = picture.card
        card = Card(large=text.large, small=text.small, foot=text.foot)
        missing = undrawable(card)
        if missing:
            shown = "".join(sorted(missing)[:20])
            raise CardNotDrawable(
                f"{where}.picture.card: no font here draws {shown!r}. Leave it out, or choose "
                "another picture.",
                characters=shown,
            )
