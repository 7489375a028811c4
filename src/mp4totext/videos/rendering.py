"""The steps of a video: its sound, its segments, and both joined and checked."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path

from mp4totext.exports.findings import Text
from mp4totext.jobs.context import Context
from mp4totext.kit.languages import three_letters
from mp4totext.kit.packages import own_command
from mp4totext.kit.storage import ObjectMissing
from mp4totext.media.backgrounds import Floats
from mp4totext.media.decode import AudioReader
from mp4totext.media.ffmpeg import Planes
from mp4totext.media.frames import best_frames
from mp4totext.media.pictures import PictureReader
from mp4totext.media.produced import ProducedVideo, facts_of
from mp4totext.media.structure import Structure
from mp4totext.media.typeface import Font, main_font
from mp4totext.providers.face_files import FACES, face_model
from mp4totext.transcript import Transcript
from mp4totext.transcriptions.steps import prepare
from mp4totext.videos import encoding, files, segments, soft_text, translations
from mp4totext.videos.brands import clips as brand_clips
from mp4totext.videos.brands import fonts as brand_fonts
from mp4totext.videos.brands.branding import BrandFile, ClipPlace
from mp4totext.videos.draw import caption_script, drawing
from mp4totext.videos.draw.canvas import PIXELS_MAX, Canvas, Drawn, Overlay, canvas
from mp4totext.videos.draw.face_frames import (
    LOOK_PIXELS,
    face_centres,
    followed,
    follows_faces,
    is_choice,
)
from mp4totext.videos.draw.scene_pictures import card_ground, frame_at, stored_image, stored_logo
from mp4totext.videos.draw.slide_frames import Slides, cover, picture_size
from mp4totext.videos.orders import RenderParams
from mp4totext.videos.pieces import NewPiece, Pieces, Stored
from mp4totext.videos.planning import cut
from mp4totext.videos.segments import Scenery, SegmentPart
from mp4totext.videos.sound import line_voices, music, soundtrack, spoken_scenes
from mp4totext.videos.sound.voice_over import VoiceOver
from mp4totext.videos.sources import whole_of
from mp4totext.videos.storyboard import Scene, Storyboard

_CHOICE_PIXELS = 640 * 360  # enough to tell a sharp frame from a blurred one


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    video: Stored
    duration_ms: int
    width: int
    height: int
    warnings: tuple[str, ...]


class BrokenVideo(Exception):
    """A bug: the finished file is not what the storyboard says, so it is not delivered."""


class Rendering:
    """One attempt to make one video, or a segment of it, in one process."""

    def __init__(self, params: RenderParams, ctx: Context) -> None:
        self._params = params
        self._board = params.storyboard
        self._branding = params.branding
        self._ctx = ctx
        self._pieces = Pieces(
            ctx=ctx,
            transcription_id=params.recording.transcription_id,
            video_id=params.video_id,
        )

    @cached_property
    def _path(self) -> Path:
        return prepare.fetch(
            self._ctx.runtime.storage, self._params.recording.media_key, self._ctx.workdir
        )

    @cached_property
    def _full_transcript(self) -> Transcript:
        with self._ctx.runtime.database.read() as session:
            return whole_of(session, self._params.recording.transcription_id, self._params.version)

    @cached_property
    def _spoken(self) -> Transcript:
        return cut(self._full_transcript, self._board.from_ms, self._board.to_ms)

    @cached_property
    def _translation(self) -> Text | None:
        """The translation in the range; times are like those of ``_spoken``."""
        whole = self._params.translation
        if whole is None:
            return None
        return translations.cut(whole, self._board.from_ms, self._board.to_ms)

    @cached_property
    def _script(self) -> Text | None:
        return line_voices.script(self._board, self._full_transcript, self._params.translation)

    @cached_property
    def _voice_over(self) -> VoiceOver | None:
        if self._script is None:
            return None
        return VoiceOver(self._ctx, self._pieces, self._script, self._board.sound)

    @property
    def _shown_translation(self) -> Text | None:
        return self._translation if self._board.captions.style == "two" else None

    def scenery(self) -> Scenery:
        return self._ctx.step("scenery", self._make_scenery, returns=Scenery)

    def _make_scenery(self) -> Scenery:
        board = self._board
        with AudioReader(self._path) as reader:
            structure = reader.structure
            heights: tuple[int, ...] = ()
            if board.picture.kind == "wave":
                bars = soundtrack.loudness_of_bars(
                    reader,
                    board,
                    self._spoken,
                    self._voice_over,
                    bar_ms=drawing.bar_ms(board.length_ms),
                )
                heights = drawing.heights([self._report_bar(bar, n) for n, bar in enumerate(bars)])
        source = None
        if board.picture.kind == "source":
            with PictureReader(self._path, structure, pixels_max=PIXELS_MAX) as pictures:
                source = pictures.track.shown
        size = canvas(board, source=source)
        middles = self._middles(structure, size)
        return Scenery(
            structure=structure,
            canvas=size,
            heights=heights,
            frames_ms=self._chosen_frames(structure),
            middles=middles or (),
            starts_ms=self._starts_ms(),
            lacks_faces=middles is None,
        )

    def _starts_ms(self) -> tuple[int, ...]:
        board = self._board
        if self._voice_over is None or not board.has_slides:
            return ()
        return spoken_scenes.starts(board, self._spoken, self._voice_over.retimed(self._spoken))

    def _middles(self, structure: Structure, size: Canvas) -> tuple[int, ...] | None:
        """The crop positions; None when the face detector is not installed."""
        board, model = self._board, face_model(self._ctx.runtime.settings)
        if not follows_faces(board):
            return ()
        with PictureReader(self._path, structure, pixels_max=LOOK_PIXELS) as pictures:
            if not is_choice(pictures.track, size):
                return ()
            if model is None:
                return None
            return face_centres(
                pictures, board, self._spoken, size, model=model, check=self._ctx.check
            )

    def _timed(self, scenery: Scenery) -> Storyboard:
        """The storyboard with its scenes where a voice says their words."""
        return spoken_scenes.timed(self._board, scenery.starts_ms)

    def _chosen_frames(self, structure: Structure) -> dict[str, int]:
        frames = [scene for scene in self._board.scenes if scene.picture.kind == "frame"]
        chosen = {s.id: s.picture.at_ms for s in frames if s.picture.at_ms is not None}
        scenes = [scene for scene in frames if scene.id not in chosen]
        if not scenes:
            return chosen
        with PictureReader(self._path, structure, pixels_max=_CHOICE_PIXELS) as pictures:
            stretches = [(scene.start_ms, scene.end_ms) for scene in scenes]
            best = best_frames(pictures, stretches, check=self._ctx.check)
        return chosen | {scene.id: frame.at_ms for scene, frame in zip(scenes, best, strict=True)}

    def _report_bar(self, loudness: float, bar: int) -> float:
        """Report progress after a bar; returns its loudness."""
        length_ms = self._board.length_ms
        done_ms = min(bar * drawing.bar_ms(length_ms), length_ms)
        self._ctx.progress("wave", done_ms, length_ms)
        return loudness

    def sound(self, scenery: Scenery) -> Stored:
        return self._ctx.step("sound", lambda: self._make_sound(scenery), returns=Stored)

    def _make_sound(self, scenery: Scenery) -> Stored:
        board = self._board
        out = self._ctx.workdir / "sound.m4a"
        length_ms = board.length_ms + self._clip_ms("intro") + self._clip_ms("outro")
        with AudioReader(self._path, structure=scenery.structure) as reader:
            pieces = soundtrack.blocks(
                reader, board, self._spoken, self._voice_over, music_file=self._music_file()
            )
            encoding.encode_sound(
                chain(self._clip_sound("intro"), pieces, self._clip_sound("outro")),
                out,
                length_ms=length_ms,
                lufs=board.sound.lufs,
                progress=lambda done_ms: self._ctx.progress("sound", done_ms, length_ms),
                check=self._ctx.check,
            )
        return self._store(out, files.sound_key(self._params.video_id))

    def _music_file(self) -> Path | None:
        chosen, storage = self._params.music, self._ctx.runtime.storage
        if chosen is None:
            return None
        return music.fetched(storage, chosen, self._ctx.workdir, video_id=self._params.video_id)

    def _clip_ms(self, place: ClipPlace) -> int:
        return self._branding.shown_ms(place, self._board.fps)

    def _clip_sound(self, place: ClipPlace) -> Iterator[Floats]:
        clip = self._branding.clip(place)
        if clip is not None:
            path = self._brand_file(clip)
            yield from brand_clips.sound(clip, path, length_ms=self._clip_ms(place))

    def _brand_file(self, file: BrandFile) -> Path:
        return brand_fonts.fetched(
            self._ctx.runtime.storage,
            file,
            self._ctx.workdir,
            video_id=self._params.video_id,
        )

    @cached_property
    def _letters(self) -> str:
        return brand_fonts.letters(self._board, self._spoken, self._shown_translation)

    @cached_property
    def _font(self) -> Font:
        """The font of captions and cards: the brand's, if it can draw nearly all of the text."""
        font, language = self._branding.font, self._spoken.language
        if font is None:
            return main_font(language)
        return brand_fonts.chosen(font, self._brand_file(font), self._letters, language)

    @property
    def frames(self) -> int:
        """The number of frames, with intro and outro."""
        clips_ms = self._clip_ms("intro") + self._clip_ms("outro")
        return self._board.frames + clips_ms * self._board.fps // 1_000

    def parts(self, scenery: Scenery) -> list[SegmentPart]:
        """The segments with their captions, and the brand's intro and outro."""
        board, spoken = self._timed(scenery), self._spoken
        if self._script is not None and self._voice_over is not None:
            self._ctx.warnings += line_voices.warnings(self._script, self._spoken)
            self._ctx.warnings += self._voice_over.warnings(board.length_ms)
            spoken = self._voice_over.retimed(spoken)
        if scenery.lacks_faces:
            command = own_command(f"models pull {FACES}")
            self._ctx.warnings.append(
                f"The middle of the picture is shown: to follow faces, run `{command}`."
            )
        self._ctx.warnings += brand_fonts.warnings(self._branding.font, self._font, self._letters)
        captions, missing = caption_script.burned(
            board, scenery.canvas, spoken, self._shown_translation, self._font
        )
        if missing:
            names = " ".join(sorted(missing)[:20])
            self._ctx.warnings.append(f"No font here draws {names}: left out of the captions.")
        cards = caption_script.cards(board, scenery.canvas, missing, spoken=spoken, font=self._font)
        return segments.parts(board, self._branding, captions, cards)

    def segment(self, scenery: Scenery, part: SegmentPart, *, anew: bool = False) -> Stored:
        """A segment that an earlier render drew identically is reused, unless it is damaged."""
        board = self._timed(scenery)
        drawn = caption_script.drawn(
            board,
            scenery.canvas,
            part.captions,
            part.cards,
            font=self._font,
            language=self._spoken.language,
            titled=not part.clip,
        )
        fingerprint = segments.fingerprint(
            board,
            scenery,
            part,
            drawn=drawn,
            media_key=self._params.recording.media_key,
            clip=self._branding.clip(part.clip),
        )
        piece = None if anew else self._pieces.find(fingerprint)
        if piece is None:
            made = NewPiece(path=self._encoded(scenery, part, drawn))
            piece = self._pieces.keep("segment", fingerprint, made, anew=anew)
        return piece.stored

    def _encoded(self, scenery: Scenery, part: SegmentPart, drawn: Drawn | None) -> Path:
        board, logo = self._board, None if part.clip else self._logo(scenery.canvas)
        out = self._ctx.workdir / f"{part.number:05}.ts"
        length = part.stop - part.first
        with self._frames(scenery, part) as (source, frames):
            encoding.encode_segment(
                frames,
                out,
                source=source,
                canvas=scenery.canvas,
                fit="fit" if part.clip else board.picture.fit,
                fps=board.fps,
                first=part.first,
                logo=logo,
                drawn=drawn,
                done=lambda number: self._ctx.progress("render", number, length, unit="frames"),
            )
        return out

    def _logo(self, canvas: Canvas) -> Overlay | None:
        if (logo := self._board.look.logo) is None:
            return None
        path = stored_logo(
            self._ctx.runtime.storage, logo, self._ctx.workdir, video_id=self._params.video_id
        )
        return canvas.logo_place(logo, path)

    @contextmanager
    def _frames(
        self, scenery: Scenery, part: SegmentPart
    ) -> Iterator[tuple[encoding.Input, Iterator[Planes]]]:
        """The raw frames of a segment, and their size."""
        board, clip = self._timed(scenery), self._branding.clip(part.clip)
        if clip is not None:
            path = self._brand_file(clip)
            with brand_clips.pictures(
                clip, path, fps=board.fps, first=part.first, stop=part.stop
            ) as clip_frames:
                yield clip_frames
            return
        if scenery.canvas.wave:
            wave = drawing.Wave(
                scenery.canvas,
                scenery.heights,
                bar=drawing.bar_ms(board.length_ms),
                palette=board.look.ground,
                seed=board.seed,
            )
            yield (
                encoding.Input(width=scenery.canvas.width, height=scenery.canvas.height),
                (wave.frame(n * 1_000 // board.fps) for n in range(part.first, part.stop)),
            )
            return
        if board.has_slides:
            slides = Slides(board, scenery.canvas, lambda scene: self._slide(scenery, scene))
            yield (
                encoding.Input(width=scenery.canvas.width, height=scenery.canvas.height),
                (slides.frame(n) for n in range(part.first, part.stop)),
            )
            return
        with PictureReader(self._path, scenery.structure, pixels_max=PIXELS_MAX) as pictures:
            track = pictures.track
            frames = pictures.frames(board.from_ms, fps=board.fps, first=part.first, stop=part.stop)
            if scenery.middles:
                size = scenery.canvas
                middles = scenery.middles[part.first : part.stop]
                yield (
                    encoding.Input(width=size.width, height=size.height),
                    followed(frames, track, middles, size),
                )
                return
            yield encoding.Input(width=track.width, height=track.height, turn=track.turn), frames

    def _slide(self, scenery: Scenery, scene: Scene) -> Floats:
        width, height = picture_size(scenery.canvas)
        if scene.picture.image_id is not None:
            storage, workdir = self._ctx.runtime.storage, self._ctx.workdir
            still = stored_image(storage, scene, workdir, video_id=self._params.video_id)
            return cover(still, width, height)
        at_ms = scenery.frames_ms.get(scene.id)
        if at_ms is None:
            return card_ground(self._timed(scenery), scene, width, height)
        with PictureReader(self._path, scenery.structure, pixels_max=PIXELS_MAX) as pictures:
            return cover(frame_at(pictures, at_ms), width, height)

    def joined(
        self, scenery: Scenery, parts: list[SegmentPart], stored_parts: list[Stored]
    ) -> Rendered:
        board, workdir, check = self._board, self._ctx.workdir, self._ctx.check
        video_id, revision = self._params.video_id, self._params.revision
        sound = self._local(self.sound(scenery)) or self._local(self._make_sound(scenery))
        assert sound is not None
        paths = []
        for part, stored in zip(parts, stored_parts, strict=True):
            check()
            path = self._local(stored)
            if path is None:  # swept away, or damaged in storage
                path = self._local(self.segment(scenery, part, anew=True))
            assert path is not None
            paths.append(path)
        video = workdir / "video.mp4"
        encoding.join(
            paths,
            sound,
            video,
            frames=self.frames,
            fps=board.fps,
            tracks=self._tracks(),
            check=check,
        )
        facts = facts_of(video)
        self._refuse_broken(facts, scenery.canvas)
        thumbnail = workdir / "thumbnail.jpg"
        encoding.thumbnail(
            video, thumbnail, at_ms=self._clip_ms("intro") + board.length_ms // 3, check=check
        )
        self._store(thumbnail, files.thumbnail_key(video_id, revision))
        return Rendered(
            video=self._store(video, files.video_key(video_id, revision)),
            duration_ms=facts.video_ms,
            width=facts.width,
            height=facts.height,
            warnings=tuple(self._ctx.warnings),
        )

    def _tracks(self) -> encoding.TextTracks:
        board = self._board
        late_ms = self._clip_ms("intro")
        captions = None
        if board.captions.are_soft:
            captions = soft_text.captions(self._spoken, self._shown_translation, late_ms=late_ms)
        return encoding.TextTracks(
            captions=captions,
            language=three_letters(self._spoken.language),
            shown=not board.captions.are_burned,
            facts=soft_text.file_facts(
                self._params.title, board, late_ms=late_ms, outro_ms=self._clip_ms("outro")
            ),
        )

    def _refuse_broken(self, facts: ProducedVideo, canvas: Canvas) -> None:
        board = self._board
        frame_ms = 1_000 / board.fps
        apart_ms = abs(facts.video_ms - facts.audio_ms)
        broken = [
            f"{facts.frames} frames, not {self.frames}" * (facts.frames != self.frames),
            "frames of different length" * (not facts.steady),
            f"sound and picture end {apart_ms} ms apart" * (apart_ms > frame_ms),
            f"{facts.width}x{facts.height}"
            * ((facts.width, facts.height) != (canvas.width, canvas.height)),
        ]
        if any(broken):
            raise BrokenVideo("; ".join(filter(None, broken)))

    def _store(self, path: Path, key: str) -> Stored:
        """Moves a file into storage."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        size_bytes = path.stat().st_size
        self._ctx.runtime.storage.adopt(path, key)
        return Stored(key=key, sha256=digest, size_bytes=size_bytes)

    def _local(self, stored: Stored) -> Path | None:
        """A stored object as a local file; None: it is missing or damaged."""
        path = self._ctx.workdir / Path(stored.key).name
        try:
            found = self._ctx.runtime.storage.fetch(stored.key, path)
        except ObjectMissing:
            return None
        with found.open("rb") as file:
            if hashlib.file_digest(file, "sha256").hexdigest() != stored.sha256:
                found.unlink()
                return None
        if found != path:
            path.unlink(missing_ok=True)
            path.symlink_to(found)
        return path
