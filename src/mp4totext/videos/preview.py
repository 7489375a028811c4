"""Draws a small preview of one frame of a storyboard, as in the finished video, within a second."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from mp4totext.exports.findings import Text
from mp4totext.exports.rendering import RENDERERS
from mp4totext.kit.storage import ObjectMissing
from mp4totext.media.backgrounds import Floats
from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import MediaError
from mp4totext.media.ffmpeg import Planes
from mp4totext.media.frames import best_frames
from mp4totext.media.pictures import PictureReader, PictureTrack
from mp4totext.media.stereo import stereo_mix
from mp4totext.media.structure import Structure
from mp4totext.media.typeface import Font, main_font
from mp4totext.providers.face_files import face_model
from mp4totext.runtime import Runtime
from mp4totext.transcript import Transcript
from mp4totext.videos import encoding, translations
from mp4totext.videos.brands import clips as brand_clips
from mp4totext.videos.brands import fonts as brand_fonts
from mp4totext.videos.brands.branding import Branding, ClipPlace
from mp4totext.videos.draw import caption_script, drawing
from mp4totext.videos.draw.canvas import Canvas, Drawn, Overlay, canvas
from mp4totext.videos.draw.face_frames import encoded_centres, followed, follows_faces, is_choice
from mp4totext.videos.draw.scene_pictures import card_ground, frame_at, stored_image, stored_logo
from mp4totext.videos.draw.slide_frames import Slides, cover, picture_size, shown_between
from mp4totext.videos.errors import NoPreview, NoRecording
from mp4totext.videos.planning import cut
from mp4totext.videos.storyboard import Scene, Storyboard

PIXELS_MAX = 854 * 480
_FACES_MS = 3_000  # before and after a time, as a whole clip would take too long for a preview
# Size of a recording in a remote store, as all of it must be fetched.
FETCHED_BYTES_MAX = 64 << 20


class Preview:
    """``transcript``: of the whole recording, which is stored under ``media_key``."""

    def __init__(
        self,
        runtime: Runtime,
        board: Storyboard,
        transcript: Transcript,
        *,
        media_key: str,
        translation: Text | None,
        branding: Branding,
    ) -> None:
        self._board = board
        self._spoken = cut(transcript, board.from_ms, board.to_ms)
        self._storage = runtime.storage
        self._media_key = media_key
        self._scratch = runtime.scratch.folder("previews")
        self._branding = branding
        self._face_model = face_model(runtime.settings)  # None: not installed
        self._translation: Text | None = None
        if translation is not None and board.captions.style == "two":
            self._translation = translations.cut(translation, board.from_ms, board.to_ms)

    def draw(self, scene: Scene, at_ms: int | None = None) -> bytes:
        """A JPEG of the scene's middle, or of a time of the recording inside the scene.

        Raises AppError when a picture is missing, or the recording cannot be read.
        """
        try:
            return self._drawn(scene, at_ms)
        except MediaError as error:
            raise NoPreview(f"The recording cannot be read: {error.message}") from error
        except ObjectMissing:
            raise NoRecording("The recording is no longer in storage.") from None

    def draw_words(self) -> bytes:
        """A JPEG of the video while its first captioned words are said. Raises AppError."""
        board = self._board
        at_ms = board.from_ms + self._first_words_ms()
        scene = next(scene for scene in board.scenes if at_ms < scene.end_ms)
        return self.draw(scene, at_ms)

    def _first_words_ms(self) -> int:
        """Counted from the start of the video; that of its middle if nothing is said."""
        on_cards = caption_script.shown_on_cards(self._board, self._spoken)
        said = (
            (word.start_ms + word.end_ms) // 2
            for segment in self._spoken.segments
            for word in segment.words or (segment,)
            if not any(first_ms <= word.start_ms <= last_ms for first_ms, last_ms in on_cards)
        )
        # The second word, so that also one that was said before is seen.
        return [self._board.length_ms // 2, *islice(said, 2)][-1]

    def draw_clip(self, place: ClipPlace) -> bytes:
        """A JPEG of the middle of the brand's intro or outro. Raises AppError."""
        clip = self._branding.clip(place)
        if clip is None:
            raise NoPreview(f"The video has no {place}: give it a brand that has one.")
        board = self._board
        source_size = None
        with TemporaryDirectory(dir=self._scratch) as name:
            workdir = Path(name)
            if board.aspect == "source":
                path = self._recording(workdir)
                with PictureReader(path, _structure(path), pixels_max=PIXELS_MAX) as pictures:
                    source_size = pictures.track.shown
            size = canvas(board, source=source_size).smaller(PIXELS_MAX)
            middle = clip.shown_ms(board.fps) * board.fps // 2_000
            path = brand_fonts.fetched(self._storage, clip, workdir)
            with brand_clips.pictures(clip, path, fps=board.fps, first=middle, stop=middle + 1) as (
                source,
                frames,
            ):
                encoding.encode_still(
                    next(frames),
                    workdir / "preview.jpg",
                    source=source,
                    canvas=size,
                    fit="fit",
                    at_ms=0,
                    logo=None,
                    drawn=None,
                )
            return (workdir / "preview.jpg").read_bytes()

    def _drawn(self, scene: Scene, at_ms: int | None) -> bytes:
        board = self._board
        when_ms = (scene.start_ms + scene.end_ms) // 2 if at_ms is None else at_ms
        seen_ms = when_ms - board.from_ms
        with TemporaryDirectory(dir=self._scratch) as name:
            workdir = Path(name)
            with self._frame(when_ms, workdir) as (size, source, frame):
                encoding.encode_still(
                    frame,
                    workdir / "preview.jpg",
                    source=source,
                    canvas=size,
                    fit=board.picture.fit,
                    at_ms=seen_ms,
                    logo=self._logo(size, workdir),
                    drawn=self._text(size, seen_ms, workdir),
                )
            return (workdir / "preview.jpg").read_bytes()

    @contextmanager
    def _frame(
        self, when_ms: int, workdir: Path
    ) -> Iterator[tuple[Canvas, encoding.Input, Planes]]:
        """The size of the preview, and its picture without text."""
        board = self._board
        if board.picture.kind == "source":
            path = self._recording(workdir)
            with PictureReader(path, _structure(path), pixels_max=PIXELS_MAX) as pictures:
                track = pictures.track
                size = canvas(board, source=track.shown).smaller(PIXELS_MAX)
                (frame,) = pictures.frames(when_ms, fps=1, first=0, stop=1)
                middle = self._face_middle(path, track, size, when_ms)
                if middle is not None:
                    (part,) = followed([memoryview(frame)], track, [middle], size)
                    yield size, encoding.Input(width=size.width, height=size.height), part
                    return
                source = encoding.Input(width=track.width, height=track.height, turn=track.turn)
                yield size, source, frame
            return
        size = canvas(board, source=None).smaller(PIXELS_MAX)
        source = encoding.Input(width=size.width, height=size.height)
        if size.wave:
            yield size, source, self._wave(size, when_ms - board.from_ms, workdir)
        else:
            slides = Slides(board, size, lambda shown: self._slide(shown, size, workdir))
            number = min((when_ms - board.from_ms) * board.fps // 1_000, board.frames - 1)
            yield size, source, slides.frame(number)

    def _face_middle(
        self, path: Path, track: PictureTrack, size: Canvas, when_ms: int
    ) -> int | None:
        """The crop that the render would use at this time, from the faces of a few seconds."""
        board, model = self._board, self._face_model
        if model is None or not follows_faces(board) or not is_choice(track, size):
            return None
        from_ms = max(board.from_ms, when_ms - _FACES_MS)
        to_ms = min(board.to_ms, when_ms + _FACES_MS)
        around = board.model_copy(update={"from_ms": from_ms, "to_ms": to_ms})
        spoken = cut(self._spoken, from_ms - board.from_ms, to_ms - board.from_ms)
        # Not here: an API process that holds the network is 50 MB larger from then on.
        encoded = RENDERERS.run(encoded_centres, path.resolve(), around, spoken, size, model)
        middles = json.loads(encoded or b"[]")
        at = (when_ms - from_ms) * board.fps // 1_000
        return middles[min(at, len(middles) - 1)] if middles else None

    def _logo(self, size: Canvas, workdir: Path) -> Overlay | None:
        logo = self._board.look.logo
        if logo is None:
            return None
        return size.logo_place(logo, stored_logo(self._storage, logo, workdir))

    def _wave(self, size: Canvas, seen_ms: int, workdir: Path) -> bytes:
        """The bars of the visible page. The render scales them by the whole recording."""
        board = self._board
        bar_ms = drawing.bar_ms(board.length_ms)
        page_ms = bar_ms * drawing.BARS
        page = seen_ms // page_ms
        from_ms = board.from_ms + page * page_ms
        with AudioReader(self._recording(workdir)) as reader:
            bars = encoding.loudness_of_bars(
                reader,
                stereo_mix(reader.structure, self._spoken.sources),
                from_ms=from_ms,
                to_ms=min(from_ms + page_ms, board.to_ms),
                bar_ms=bar_ms,
            )
            heights = drawing.heights(list(bars))
        wave = drawing.Wave(
            size,
            (0,) * (page * drawing.BARS) + heights,
            bar=bar_ms,
            palette=board.look.ground,
            seed=board.seed,
        )
        return wave.frame(seen_ms)

    def _slide(self, scene: Scene, size: Canvas, workdir: Path) -> Floats:
        width, height = picture_size(size)
        match scene.picture.kind:
            case "image":
                return cover(stored_image(self._storage, scene, workdir), width, height)
            case "frame":
                path = self._recording(workdir)
                at_ms = scene.picture.at_ms
                with PictureReader(path, _structure(path), pixels_max=PIXELS_MAX) as pictures:
                    if at_ms is None:
                        (best,) = best_frames(pictures, [(scene.start_ms, scene.end_ms)])
                        return cover(best.still, width, height)
                    return cover(frame_at(pictures, at_ms), width, height)
            case _:
                return card_ground(self._board, scene, width, height)

    def _recording(self, workdir: Path) -> Path:
        if not self._storage.is_local and self._storage.size(self._media_key) > FETCHED_BYTES_MAX:
            raise NoPreview(
                "The recording is too large to be fetched for a preview: what is taken from it "
                "is seen in the finished video."
            )
        return self._storage.fetch(self._media_key, workdir / "media")

    def _font(self, workdir: Path) -> Font:
        font, language = self._branding.font, self._spoken.language
        if font is None:
            return main_font(language)
        path = brand_fonts.fetched(self._storage, font, workdir)
        text = brand_fonts.letters(self._board, self._spoken, self._translation)
        return brand_fonts.chosen(font, path, text, language)

    def _text(self, size: Canvas, seen_ms: int, workdir: Path) -> Drawn | None:
        """The captions and the cards that are visible at this time."""
        board, font = self._board, self._font(workdir)
        number = seen_ms * board.fps // 1_000
        captions, missing = caption_script.burned(
            board, size, self._spoken, self._translation, font
        )
        shown = shown_between(board, number, number)  # during a fade also its neighbour
        return caption_script.drawn(
            board,
            size,
            [event for event in captions if event.start_ms <= seen_ms < event.end_ms],
            caption_script.cards(
                board, size, missing, spoken=self._spoken, scenes=shown, font=font
            ),
            font=font,
            language=self._spoken.language,
        )


def _structure(path: Path) -> Structure:
    with AudioReader(path) as sound:
        return sound.structure
