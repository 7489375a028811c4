"""Measures a slideshow against FFmpeg's own filters for the same moves, fades and captions."""

import resource
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate, cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from benchmarks.measure import Figure, middle
from mp4totext.media.backgrounds import Floats
from mp4totext.media.typeface import fonts_for, unpack
from mp4totext.transcript import Transcript
from mp4totext.videos import encoding
from mp4totext.videos.card_texts import timed_words
from mp4totext.videos.draw import caption_script
from mp4totext.videos.draw.canvas import Canvas, Drawn
from mp4totext.videos.draw.scene_pictures import card_ground
from mp4totext.videos.draw.slide_frames import FARTHEST, MARGIN, NEAREST, Slides, picture_size
from mp4totext.videos.planning import cut
from mp4totext.videos.storyboard import Between, CardText, Motion, Picture, Scene, Storyboard
from tests.support.ffmpeg import ffmpeg
from tests.support.filmed import pictures_of
from tests.support.transcript_builders import TOPICS, transcript

HD = Canvas(width=1280, height=720, wave=False)
FPS = 30
FADE = 18  # frames
SCENE_S, SCENES = 4, 6
STEADIER = 3  # times the size of the pictures
SEGMENT = 12 * FPS
MOTIONS: tuple[Motion, ...] = ("in", "right", "out", "left")
ENCODER = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads", "1")


def slideshow(folder: Path, rounds: int) -> Iterator[Figure]:
    folder.mkdir(parents=True, exist_ok=True)
    ids = [f"s{n + 1}" for n in range(SCENES)]
    photos = _board(ids, SCENE_S)
    yield from _compared(
        folder, rounds, photos, {one: _photo(n) for n, one in enumerate(ids)}, _captions(photos)
    )
    cards = _cards(photos)
    grounds = {scene.id: card_ground(cards, scene, *picture_size(HD)) for scene in cards.scenes}
    yield from _compared(folder, rounds, cards, grounds, _captions(cards), of="cards, ")
    yield from _shake(folder)


def _compared(
    folder: Path,
    rounds: int,
    board: Storyboard,
    stills: dict[str, Floats],
    captions: str,
    *,
    of: str = "",
) -> Iterator[Figure]:
    spent: dict[str, list[float]] = {"ours": [], "FFmpeg": [], "FFmpeg, steadier": []}
    for _ in range(rounds):
        spent["ours"].append(_cpu_s(lambda: _made(folder, board, stills, captions)))
        spent["FFmpeg"].append(_cpu_s(lambda: _bare(folder, board, stills, captions)))
        larger = _cpu_s(lambda: _bare(folder, board, stills, captions, larger=STEADIER))
        spent["FFmpeg, steadier"].append(larger)
    a_minute = {name: middle(all_s) * 60_000 / board.length_ms for name, all_s in spent.items()}
    for name, target in (("FFmpeg", "<= 1.0"), ("FFmpeg, steadier", "<= 0.8")):
        yield Figure(
            name=f"processor time of a slideshow with captions, {of}720p / zoompan, xfade, ass: "
            f"{name}",
            value=a_minute["ours"] / a_minute[name],
            target=target,
            facts={"s a minute": round(a_minute["ours"], 1), "bare": round(a_minute[name], 1)},
        )


def _shake(folder: Path) -> Iterator[Figure]:
    """The variation between the steps of a slow move, in pixels of the finished video."""
    width, height = picture_size(HD)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    spot = np.exp(-((rows - height * 0.4) ** 2 + (columns - width * 0.4) ** 2) / 400)
    still = np.repeat(spot[..., None], 3, axis=2).astype(np.float32)
    worst = {"ours": 0.0, "FFmpeg": 0.0, "FFmpeg, steadier": 0.0}
    for motion in ("in", "right"):
        board = _board(["s1"], 3, motion)
        for name, made in (
            ("ours", _made(folder, board, {"s1": still}, "")),
            ("FFmpeg", _bare(folder, board, {"s1": still}, "")),
            ("FFmpeg, steadier", _bare(folder, board, {"s1": still}, "", larger=STEADIER)),
        ):
            seen = pictures_of(made, width=HD.width, height=HD.height)
            places = np.array([_centre(picture[..., 1]) for picture in seen[2:-2]])
            worst[name] = max(worst[name], float(np.diff(places, axis=0).std(axis=0).max()))
    yield Figure(
        name="shake of pictures that move, 720p, standard deviation of the steps",
        value=worst["ours"],
        unit="px",
        target="<= 0.12",
        facts={name: f"{value:.2f} px" for name, value in worst.items()},
    )


def _centre(grey: NDArray[np.uint8]) -> tuple[float, float]:
    rows, columns = np.nonzero(grey > 30)
    weights = grey[rows, columns].astype(float)
    return float(np.average(rows, weights=weights)), float(np.average(columns, weights=weights))


def _photo(seed: int) -> Floats:
    """Noise with the detail of a photograph: its amplitude falls with the frequency."""
    width, height = picture_size(HD)
    rng = np.random.default_rng(seed)
    down, across = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)[None]
    falling = 1 / np.maximum(np.hypot(down, across), 1 / width) ** 1.1
    layers = []
    for _ in range(3):
        phases = np.exp(2j * np.pi * rng.random(falling.shape))
        layer = np.fft.irfft2(falling * phases, (height, width))
        layers.append((layer - layer.min()) / np.ptp(layer))
    return np.stack(layers, axis=2).astype(np.float32)


def _board(ids: Sequence[str], seconds: int, motion: Motion | None = None) -> Storyboard:
    ends = list(accumulate(seconds * 1_000 for _ in ids))
    scenes = tuple(
        Scene(
            id=scene_id,
            start_ms=end - seconds * 1_000,
            end_ms=end,
            picture=Picture(kind="frame"),
            motion=motion or turn,
        )
        for scene_id, end, turn in zip(ids, ends, cycle(MOTIONS), strict=False)
    )
    return Storyboard(
        from_ms=0,
        to_ms=ends[-1],
        aspect="16:9",
        seed=1,
        between=Between(kind="fade", ms=FADE * 1_000 // FPS),
        scenes=scenes,
    )


def _cards(board: Storyboard) -> Storyboard:
    """The same scenes with what is said as cards, in all layouts that appear word by word."""
    spoken = cut(_spoken(), board.from_ms, board.to_ms)
    layouts = cycle(("plain", "quote", "question", "figure"))
    scenes = []
    for scene, layout in zip(board.scenes, layouts, strict=False):
        said = [text for at, text in timed_words(spoken) if scene.start_ms <= at < scene.end_ms]
        card = CardText(layout=layout, large=" ".join(said))
        picture = Picture(kind="card", card=card)
        scenes.append(scene.model_copy(update={"picture": picture}))
    return board.model_copy(update={"scenes": tuple(scenes)})


def _spoken() -> Transcript:
    return transcript(*TOPICS.values(), words=True)


def _captions(board: Storyboard) -> str:
    spoken = cut(_spoken(), board.from_ms, board.to_ms)
    made, _ = caption_script.events(spoken, "word", upright=False)
    cards = caption_script.cards(board, HD, frozenset(), spoken=spoken)
    return caption_script.script(
        HD, made, title=None, length_ms=board.length_ms, ground=board.look.ground, cards=cards
    )


def _cpu_s(work: Callable[[], object]) -> float:
    """Processor seconds of this process and its finished children during ``work``."""

    def spent() -> float:
        usages = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, -1))
        return sum(usage.ru_utime + usage.ru_stime for usage in usages)

    before = spent()
    work()
    return spent() - before


def _made(folder: Path, board: Storyboard, stills: dict[str, Floats], captions: str) -> Path:
    """Render the segments as a job does, and join them."""
    slides = Slides(board, HD, lambda scene: stills[scene.id])
    fonts, _ = fonts_for(captions, "en")
    for first in range(0, board.frames, SEGMENT):
        stop = min(first + SEGMENT, board.frames)
        encoding.encode_segment(
            (slides.frame(n) for n in range(first, stop)),
            folder / f"{first}.ts",
            source=encoding.Input(width=HD.width, height=HD.height),
            canvas=HD,
            fit="fit",
            fps=FPS,
            first=first,
            logo=None,
            drawn=Drawn(script=captions, fonts=tuple(fonts)) if captions else None,
            done=lambda _number: None,
        )
    listing, out = folder / "ours.txt", folder / "ours.mp4"
    listing.write_text("".join(f"file '{first}.ts'\n" for first in range(0, board.frames, SEGMENT)))
    ffmpeg("-f", "concat", "-i", listing, "-c", "copy", out)
    return out


def _bare(
    folder: Path, board: Storyboard, stills: dict[str, Floats], captions: str, *, larger: int = 1
) -> Path:
    """Render the same with one FFmpeg graph.

    zoompan moves by whole pixels of its input, which is enlarged by the factor ``larger``.
    """
    inputs: list[object] = []
    chains = []
    for at, scene in enumerate(board.scenes):
        path = folder / f"{scene.id}.bmp"
        Image.fromarray(np.rint(stills[scene.id] * 255).astype(np.uint8)).save(path)
        inputs += ["-i", path]
        begun = FADE // 2 if at == 0 else 0  # frames of the move that nobody sees
        length = (scene.end_ms - scene.start_ms) * FPS // 1_000 + FADE
        unseen = begun + (FADE // 2 if at == len(board.scenes) - 1 else 0)
        done = f"(on+{begun})/{length}"
        near, far = NEAREST / MARGIN, FARTHEST / MARGIN
        motion = "still" if scene.picture.kind == "card" else scene.motion
        share = {"in": f"({far}+{near - far}*{done})", "out": f"({near}+{far - near}*{done})"}
        share["still"] = str((near + far) / 2)
        across = {"left": f"(1-{done})", "right": done}.get(motion, "0.5")
        chains.append(
            f"[{at}:v]scale=iw*{larger}:-2,format=yuv420p,"
            f"zoompan=z='1/{share.get(motion, near)}':"
            f"x='(iw-iw/zoom)*{across}':y='(ih-ih/zoom)/2':d={length - unseen}:"
            f"s={HD.width}x{HD.height}:fps={FPS}[v{at}]"
        )
    last = "v0"
    for at, scene in enumerate(board.scenes[1:], 1):
        offset = (scene.start_ms / 1_000) - FADE / 2 / FPS
        chains.append(f"[{last}][v{at}]xfade=duration={FADE / FPS}:offset={offset}[x{at}]")
        last = f"x{at}"
    if captions:
        (folder / "bare.ass").write_text(captions, encoding="utf-8")
        fonts, _ = fonts_for(captions, "en")
        unpack(fonts, folder / "bare-fonts")
        chains.append(f"[{last}]ass={folder / 'bare.ass'}:fontsdir={folder / 'bare-fonts'}[text]")
        last = "text"
    out = folder / "bare.mp4"
    graph = ";".join(chains)
    ffmpeg(*inputs, "-filter_complex", graph, "-map", f"[{last}]", "-g", 2 * FPS, *ENCODER, out)
    return out
