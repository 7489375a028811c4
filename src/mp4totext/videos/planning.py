"""Makes the storyboard of a video from a request, or refuses it. Pure."""

from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from mp4totext.exports.findings import Line, Text
from mp4totext.kit import unicode
from mp4totext.kit.timecode import short_clock
from mp4totext.media.typeface import fonts_for
from mp4totext.transcript import Segment, Transcript, Word
from mp4totext.videos.errors import (
    BadStretch,
    CaptionsNotDrawable,
    NoPictureTrack,
    NothingSpoken,
)
from mp4totext.videos.presets import PRESETS, Aspect, Preset, PresetFacts
from mp4totext.videos.schemas import VideoOptions
from mp4totext.videos.slides import QUOTE_CHARACTERS, chapters_of, slides
from mp4totext.videos.storyboard import (
    TITLE_CHARACTERS,
    Between,
    Captions,
    Look,
    Picture,
    Planner,
    Scene,
    Sound,
    Storyboard,
    Translation,
)
from mp4totext.writing.clips import find_clips
from mp4totext.writing.extractive.highlights import key_phrases
from mp4totext.writing.generate.scene_plan import ScenePlan
from mp4totext.writing.headlines import headline
from mp4totext.writing.sentences import sentences
from mp4totext.writing.text_index import TextIndex

BEST_CLIP_MS = 15_000, 60_000  # if a request gives no range
FADE_MS = 600
ORIGINAL = Sound()
# A few symbols without a font are left out; a larger share means that no font has the script.
_UNDRAWABLE_SHARE = 0.02


def storyboard(
    options: VideoOptions,
    transcript: Transcript,
    *,
    recording_id: str,
    title: str,
    has_video: bool,
    sound: Sound = ORIGINAL,
    translation: Text | None = None,
) -> Storyboard:
    """Raises AppError for a video that the preset cannot make from the recording.

    ``title``: the one that a person gave the recording, or "". ``sound`` has the voices that were
    chosen for ``options``, and ``translation`` is that of the whole recording.
    """
    preset = PRESETS[options.preset]
    from_ms, to_ms = _stretch(options, preset, transcript)
    spoken = cut(transcript, from_ms, to_ms)
    if preset.needs_speech and not spoken.segments:
        raise NothingSpoken(
            "There is no speech in this range. Choose another range, or an audiogram."
        )
    if sound.is_spoken:
        refuse_nothing_to_speak(spoken.segments)
    slide_ms = None if preset.slides_of_sound and has_video else preset.slide_ms
    own_picture = has_video and preset.from_source and slide_ms is None
    aspect = _aspect(options, preset, own_picture=own_picture)
    captions = _captions(options, preset, spoken, translation)
    chapters = chapters_of(spoken, from_ms=from_ms) if preset.has_chapters else ()
    seed = sha256(f"{recording_id}:{options.preset}".encode()).digest()[:4]
    shown_title = (title or _headline(spoken)) if options.title is None else options.title
    if slide_ms is None:
        picture = Picture(kind="source" if own_picture else "wave", fit=options.fit)
        scenes: tuple[Scene, ...] = (_one_scene(spoken, from_ms, to_ms, picture),)
    else:
        scenes = slides(
            spoken,
            from_ms=from_ms,
            title=title if options.title is None else options.title,
            target_ms=slide_ms,
            chapters=chapters if preset.has_chapter_cards else (),
            frames=has_video,
        )
    return Storyboard(
        definition=preset.definition,
        between=Between() if slide_ms is None else _fade(scenes),
        from_ms=from_ms,
        to_ms=to_ms,
        aspect=aspect,
        seed=int.from_bytes(seed) if options.seed is None else options.seed,
        look=Look(palette=options.palette, brand_id=options.brand_id, title=shown_title or None),
        captions=captions,
        sound=sound,
        translation=_translation(translation),
        chapters=chapters,
        scenes=scenes,
    )


def with_scenes(
    board: Storyboard,
    preset: Preset,
    spoken: Transcript,
    plan: ScenePlan,
    *,
    has_video: bool,
    planner: Planner,
) -> Storyboard:
    """A slide storyboard with a model's scenes; ``spoken``: the words in its range."""
    facts = PRESETS[preset]
    assert facts.slide_ms is not None
    scenes = slides(
        spoken,
        from_ms=board.from_ms,
        title=board.look.title or "",
        target_ms=facts.slide_ms,
        chapters=board.chapters if facts.has_chapter_cards else (),
        frames=has_video,
        planned=plan.scenes,
    )
    look = {"style": plan.style or board.look.style, "sentence": plan.look or board.look.sentence}
    return board.model_copy(
        update={
            "scenes": scenes,
            "between": _fade(scenes),
            "look": board.look.model_copy(update=look),
            "planner": planner,
        }
    )


def _headline(spoken: Transcript) -> str:
    """The headline of an untitled recording: its strongest sentence, or first key phrase."""
    all_sentences = sentences(TextIndex(spoken))
    phrases = key_phrases(all_sentences)
    title = headline(all_sentences, phrases) or (phrases[0].text if phrases else "")
    title = title[:1].upper() + title[1:]
    # A word may be as long as a segment, and have more marks than letters.
    return unicode.shortened(title, TITLE_CHARACTERS, characters_max=TITLE_CHARACTERS)


def _aspect(options: VideoOptions, preset: PresetFacts, *, own_picture: bool) -> Aspect:
    """Raises NoPictureTrack."""
    aspect = options.aspect or preset.aspect
    if aspect != "source" or own_picture:
        return aspect
    if options.aspect is not None:
        raise NoPictureTrack("There is no picture to take the aspect ratio from: choose an aspect.")
    return "16:9"


def _captions(
    options: VideoOptions, preset: PresetFacts, spoken: Transcript, translation: Text | None
) -> Captions:
    """Raises CaptionsNotDrawable."""
    choice = options.captions or preset.captions
    if choice == "none" or not spoken.segments:
        return Captions(mode="none")
    if choice == "soft":
        return Captions(mode="soft", style="clean" if translation is None else "two")
    refuse_undrawable(spoken)
    if choice == "two" and translation is not None:
        refuse_undrawable_text(translation)
    return Captions(style=choice)


def _translation(text: Text | None) -> Translation | None:
    if text is None or text.id is None or text.language is None:
        return None
    return Translation(text_id=text.id, language=text.language)


def _one_scene(spoken: Transcript, from_ms: int, to_ms: int, picture: Picture) -> Scene:
    return Scene(
        id="s1",
        start_ms=from_ms,
        end_ms=to_ms,
        quote=unicode.shortened(unicode.clean(spoken.text), QUOTE_CHARACTERS),
        picture=picture,
    )


def _fade(scenes: Sequence[Scene]) -> Between:
    shortest_ms = min(scene.end_ms - scene.start_ms for scene in scenes)
    return Between(kind="fade", ms=min(FADE_MS, shortest_ms // 2))


def _stretch(options: VideoOptions, preset: PresetFacts, transcript: Transcript) -> tuple[int, int]:
    duration_ms = transcript.duration_ms
    if preset.needs_stretch and (options.from_ms is None or options.to_ms is None):
        best = find_clips(transcript, limit=1, least_ms=BEST_CLIP_MS[0], most_ms=BEST_CLIP_MS[1])
        if not best or options.from_ms is not None or options.to_ms is not None:
            raise BadStretch(
                f"{preset.title}: no passage stands on its own here. Give its start and its end "
                "(from_ms and to_ms; in the command, --from and --to)."
            )
        return best[0].start_ms, best[0].end_ms
    from_ms = options.from_ms or 0
    to_ms = duration_ms if options.to_ms is None else options.to_ms
    refuse_bad_stretch(preset, from_ms, to_ms, duration_ms)
    return from_ms, to_ms


def refuse_bad_stretch(preset: PresetFacts, from_ms: int, to_ms: int, duration_ms: int) -> None:
    """Raises BadStretch for a range outside the recording, or too short or long for the preset."""
    if to_ms > duration_ms or from_ms >= to_ms:
        raise BadStretch(
            f"The stretch {_clock(from_ms)} to {_clock(to_ms)} is not inside the "
            f"recording, which is {_clock(duration_ms)} long.",
            duration_ms=duration_ms,
        )
    least_ms, most_ms = preset.length_ms
    if not least_ms <= to_ms - from_ms <= most_ms:
        raise BadStretch(
            f"{preset.title}: a stretch of {least_ms // 1000} to {most_ms // 1000} seconds; "
            f"this one has {(to_ms - from_ms) // 1000}.",
            length_ms=to_ms - from_ms,
        )


def refuse_nothing_to_speak(lines: Sequence[Segment | Line]) -> None:
    """Raises NothingSpoken."""
    if not lines:
        raise NothingSpoken("There is no speech in this range that a voice could speak.")


def refuse_undrawable(spoken: Transcript) -> None:
    """Raises CaptionsNotDrawable when no font has the script of the transcript."""
    _refuse_undrawable(spoken.text, spoken.language)


def refuse_undrawable_text(translation: Text) -> None:
    """Raises CaptionsNotDrawable, as ``refuse_undrawable`` does."""
    _refuse_undrawable(" ".join(line.text for line in translation.lines), translation.language)


def _refuse_undrawable(words: str, language: str | None) -> None:
    text = unicode.clean(words)
    _, missing = fonts_for(text, language)
    lacking = sum(text.count(character) for character in missing)
    if lacking > _UNDRAWABLE_SHARE * len(text):
        shown = "".join(sorted(missing)[:20])
        raise CaptionsNotDrawable(
            f"No font here draws {shown!r}. Choose soft captions: they are a track of the video, "
            "drawn by who plays it.",
            characters=shown,
        )


def cut(transcript: Transcript, from_ms: int, to_ms: int) -> Transcript:
    """The transcript of a range; times count from the start of the range."""
    segments = (_cut_segment(segment, from_ms, to_ms) for segment in transcript.segments)
    return replace(
        transcript,
        duration_ms=to_ms - from_ms,
        segments=tuple(segment for segment in segments if segment is not None),
        coverage=(),
    )


def shifted(transcript: Transcript, ms: int) -> Transcript:
    """All times ``ms`` later."""
    return replace(
        transcript,
        duration_ms=transcript.duration_ms + ms,
        segments=tuple(
            replace(
                segment,
                start_ms=segment.start_ms + ms,
                end_ms=segment.end_ms + ms,
                words=tuple(
                    replace(word, start_ms=word.start_ms + ms, end_ms=word.end_ms + ms)
                    for word in segment.words
                ),
            )
            for segment in transcript.segments
        ),
    )


def _cut_segment(segment: Segment, from_ms: int, to_ms: int) -> Segment | None:
    """The part of a segment in the range; a word belongs to the range in which it begins."""
    if segment.start_ms >= to_ms or segment.end_ms <= from_ms:
        return None
    inside = segment.start_ms >= from_ms and segment.end_ms <= to_ms
    words = tuple(
        _moved(word, from_ms, to_ms)
        for word in segment.words
        if inside or from_ms <= word.start_ms < to_ms
    )
    if not inside and not words:
        return None
    return replace(
        segment,
        start_ms=max(segment.start_ms, from_ms) - from_ms,
        end_ms=min(segment.end_ms, to_ms) - from_ms,
        text=segment.text if inside else unicode.joined(word.text for word in words),
        words=words,
    )


def _moved(word: Word, from_ms: int, to_ms: int) -> Word:
    return replace(word, start_ms=word.start_ms - from_ms, end_ms=min(word.end_ms, to_ms) - from_ms)


def _clock(ms: int) -> str:
    return short_clock(ms, hours=ms >= 3_600_000)
