"""Calls of FFmpeg: encode segments and sound, and join them."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mp4totext.media import ffmpeg
from mp4totext.media.backgrounds import Floats
from mp4totext.media.decode import AudioReader
from mp4totext.media.sources import Mix
from mp4totext.media.stereo import LISTENING_RATE
from mp4totext.media.typeface import unpack
from mp4totext.videos.draw.canvas import Canvas, Drawn, Overlay
from mp4totext.videos.storyboard import Fit

_GOP_S = 2  # players seek to the start of a GOP
_READ_MS = 10_000
_SILENCE_LUFS = -60.0  # below this there is nothing to amplify
_GAIN_DB = (-30.0, 52.0)
_LOUDNESS_OFF = 0.3  # LU
_PEAK_DB = -1.0  # true peak of the delivered file, with headroom for conversion to MP3
_LIMIT_DB = -1.5  # of samples at four times the rate, at first: AAC adds a little
# The limiter reduces the loudness and AAC raises peaks, so each round corrects the one before.
# Speech needs one or two; more are for loud impacts and clicks over quiet speech.
_ROUNDS = 6
_COLOURS = (
    *("-color_primaries", "bt709", "-color_trc", "bt709"),
    *("-colorspace", "bt709", "-color_range", "tv"),
)
_LOWEST_HZ = 20
_MEASURE = "ebur128=framelog=quiet:peak=true"
_INFO = ("-loglevel", "info", "-nostats")


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """Raw input frames; ``turn`` is clockwise, in degrees."""

    width: int
    height: int
    turn: int = 0


def encode_segment(  # noqa: PLR0913  one order, as a program takes it
    frames: Iterable[ffmpeg.Planes],
    out: Path,
    *,
    source: Input,
    canvas: Canvas,
    fit: Fit,
    fps: int,
    first: int,
    logo: Overlay | None,
    drawn: Drawn | None,
    done: Callable[[int], None],
) -> None:
    """Frames from number ``first`` on as an MPEG-TS file, which joins without re-encoding."""
    filters = _framing(source, canvas, fit) + _overlaid(logo)
    if drawn is not None:
        # The filter selects captions by the time stamps of the whole video.
        shift = f"{first}/({fps}*TB)"
        filters += f",setpts=PTS+{shift},{_text_filter(drawn, out.parent)},setpts=PTS-{shift}"
    ffmpeg.feed(
        [
            *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{source.width}x{source.height}"),
            *("-color_range", "tv", "-colorspace", "bt709"),
            *("-r", str(fps), "-i", "pipe:0"),
            *(("-i", logo.path.name) if logo else ()),
            *("-filter_complex", f"[0:v]{filters}[v]", "-map", "[v]", "-filter_threads", "1"),
            *("-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads", "1"),
            *("-pix_fmt", "yuv420p", "-g", str(fps * _GOP_S), *_COLOURS),
            *("-fflags", "+bitexact", "-flags:v", "+bitexact"),
            *("-f", "mpegts", out.name),
        ],
        frames,
        folder=out.parent,
        done=done,
    )


def encode_still(
    frame: ffmpeg.Planes,
    out: Path,
    *,
    source: Input,
    canvas: Canvas,
    fit: Fit,
    at_ms: int,
    logo: Overlay | None,
    drawn: Drawn | None,
) -> None:
    """A frame as ``encode_segment`` would show it ``at_ms`` into the video, as a JPEG."""
    filters = _framing(source, canvas, fit) + _overlaid(logo)
    if drawn is not None:
        filters += f",setpts={at_ms / 1000:.3f}/TB,{_text_filter(drawn, out.parent)}"
    # JPEG uses BT.601 in full range.
    filters += (
        ",scale=in_color_matrix=bt709:in_range=tv:out_color_matrix=bt601:out_range=pc:"
        "flags=accurate_rnd+full_chroma_int+bicubic,format=yuvj420p"
    )
    ffmpeg.feed(
        [
            *("-f", "rawvideo", "-pix_fmt", "yuv420p", "-s", f"{source.width}x{source.height}"),
            *("-color_range", "tv", "-colorspace", "bt709", "-i", "pipe:0"),
            *(("-i", logo.path.name) if logo else ()),
            *("-filter_complex", f"[0:v]{filters}[v]", "-map", "[v]", "-filter_threads", "1"),
            *("-frames:v", "1", "-q:v", "3", "-fflags", "+bitexact"),
            *("-f", "image2", "-c:v", "mjpeg", out.name),
        ],
        [frame],
        folder=out.parent,
        done=lambda _number: None,
    )


def _text_filter(drawn: Drawn, folder: Path) -> str:
    """The filter that draws the text; what it reads is written to FFmpeg's ``folder``."""
    (folder / "captions.ass").write_text(drawn.script, encoding="utf-8")
    unpack(drawn.fonts, folder / "fonts")
    return "ass=captions.ass:fontsdir=fonts"


def _overlaid(logo: Overlay | None) -> str:
    """Filters after those of the picture, for the second input."""
    if logo is None:
        return ""
    left = f"W-w-{logo.across}" if logo.from_right else str(logo.across)
    top = f"H-h-{logo.down}" if logo.from_bottom else str(logo.down)
    return (
        f"[p];[1:v]scale=-2:{logo.height}:out_color_matrix=bt709:out_range=tv,format=yuva420p[l];"
        f"[p][l]overlay={left}:{top}:format=yuv420"
    )


def _framing(source: Input, canvas: Canvas, fit: Fit) -> str:
    """Filters that fit the picture to the canvas without stretching it."""
    turned = {90: "transpose=clock,", 180: "hflip,vflip,", 270: "transpose=cclock,"}
    turn = turned.get(source.turn, "")
    upright = source.turn % 180 == 0
    size = (source.width, source.height) if upright else (source.height, source.width)
    if size == (canvas.width, canvas.height):
        return f"{turn}null"
    width, height = canvas.width, canvas.height
    if abs(size[0] * height / size[1] - width) <= 2:  # the same shape, but for even numbers
        return f"{turn}scale={width}:{height}:flags=bicubic,setsar=1"
    if fit == "fill":
        return (
            f"{turn}scale={width}:{height}:force_original_aspect_ratio=increase:"
            f"force_divisible_by=2,crop={width}:{height},setsar=1"
        )
    small_w, small_h = width // 16 * 2, height // 16 * 2
    return (
        f"{turn}split[a][b];"
        f"[a]scale={small_w}:{small_h}:force_original_aspect_ratio=increase,"
        f"crop={small_w}:{small_h},gblur=sigma=5,lutyuv=y=val*0.6+6,"
        f"scale={width}:{height}:flags=bicubic[c];"
        f"[b]scale={width}:{height}:force_original_aspect_ratio=decrease:force_divisible_by=2[d];"
        "[c][d]overlay=(W-w)/2:(H-h)/2,setsar=1"
    )


def encode_sound(
    pieces: Iterable[Floats],
    out: Path,
    *,
    length_ms: int,
    lufs: float,
    progress: Callable[[int], None],
    check: Callable[[], None],
) -> None:
    """Stereo AAC as loud as asked, exactly as long as the ``pieces`` of ``sound_of``.

    The intermediate file is lossless, as it is read twice: to measure and to encode.
    """
    lossless = out.with_suffix(".flac")
    output = ffmpeg.feed(
        [
            *_INFO,
            *("-f", "f32le", "-ar", str(LISTENING_RATE), "-ac", "2", "-i", "pipe:0"),
            # An offset would use up the limiter's headroom.
            *("-filter_complex", f"[0:a]highpass=f={_LOWEST_HZ},asplit[a][b];[b]{_MEASURE}[c]"),
            *("-map", "[a]", "-c:a", "flac", "-compression_level", "0", "-sample_fmt", "s32"),
            *(lossless.name, "-map", "[c]", "-f", "null", "-"),
        ],
        (piece.T.tobytes() for piece in pieces),
        folder=out.parent,
        done=lambda number: progress(min(number * _READ_MS, length_ms)),
    )
    loudness = ffmpeg.loudness_lufs(output)
    silent = loudness is None or loudness < _SILENCE_LUFS
    gain, limit = 0.0, _LIMIT_DB
    for _ in range(_ROUNDS):
        if loudness is not None and not silent:
            gain = min(max(gain + lufs - loudness, _GAIN_DB[0]), _GAIN_DB[1])
        ffmpeg.run(_sound_arguments(lossless, out, gain, limit), folder=out.parent, check=check)
        measured = [*_INFO, "-i", out.name, "-af", _MEASURE, "-f", "null", "-"]
        output = ffmpeg.run(measured, folder=out.parent, check=check)
        loudness = ffmpeg.loudness_lufs(output)
        peak = ffmpeg.true_peak_dbtp(output)
        over = 0.0 if peak is None else peak - _PEAK_DB
        if over > 0:
            limit -= over + 0.1
        elif silent or loudness is None or abs(lufs - loudness) <= _LOUDNESS_OFF:
            break
    lossless.unlink()


def _sound_arguments(lossless: Path, out: Path, gain: float, limit: float) -> list[str]:
    # Peaks between the samples count too: the limiter sees four times as many.
    limited = (
        f"volume={gain:.2f}dB,aresample={4 * LISTENING_RATE},"
        f"alimiter=limit={10 ** (limit / 20):.4f}:level=false:attack=5:release=50,"
        f"aresample={LISTENING_RATE}"
    )
    return [
        *("-i", lossless.name, "-af", limited, "-ar", str(LISTENING_RATE)),
        *("-c:a", "aac", "-b:a", "160k", "-fflags", "+bitexact", "-f", "mp4", out.name),
    ]


def sound_of(reader: AudioReader, mix: Mix, *, from_ms: int, to_ms: int) -> Iterator[Floats]:
    """Stereo blocks in order. A recording that ends early is followed by silence."""
    for at_ms in range(from_ms, to_ms, _READ_MS):
        end_ms = min(at_ms + _READ_MS, to_ms)
        both = np.zeros((2, (end_ms - at_ms) * LISTENING_RATE // 1_000), np.float32)
        part = reader.read_feeds(at_ms, end_ms, mix=mix, rate=LISTENING_RATE)
        both[:, : part.shape[1]] = part
        yield both


def silence_of(*, from_ms: int, to_ms: int) -> Iterator[Floats]:
    """Silent blocks of the sizes that ``sound_of`` has."""
    for at_ms in range(from_ms, to_ms, _READ_MS):
        length_ms = min(_READ_MS, to_ms - at_ms)
        yield np.zeros((2, length_ms * LISTENING_RATE // 1_000), np.float32)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextTracks:
    """What of a file is text: FFmpeg's own metadata with title and chapters, and SubRip."""

    facts: str
    captions: str | None
    language: str  # ISO 639-2
    shown: bool  # whether players show the captions by default


def join(
    segments: Iterable[Path],
    sound: Path,
    out: Path,
    *,
    frames: int,
    fps: int,
    tracks: TextTracks,
    check: Callable[[], None],
) -> None:
    """One MP4 of segments and sound, without re-encoding; it can be played while it loads."""
    folder = out.parent
    listing = folder / "segments.txt"
    lines = [f"file '{path.name}'\n" for path in segments]
    listing.write_text("ffconcat version 1.0\n" + "".join(lines))
    facts, captions = folder / "facts.txt", folder / "captions.srt"
    facts.write_text(tracks.facts, encoding="utf-8")
    captions.write_text(tracks.captions or "", encoding="utf-8")
    ffmpeg.run(
        [
            *("-f", "concat", "-safe", "1", "-i", listing.name, "-i", sound.name),
            *("-f", "ffmetadata", "-i", facts.name),
            *(("-i", captions.name) if tracks.captions else ()),
            *("-map", "0:v", "-map", "1:a", "-map_metadata", "2", "-map_chapters", "2"),
            *("-c", "copy"),
            *(_text_track(tracks) if tracks.captions else ()),
            *("-t", f"{frames / fps:.6f}", "-movflags", "+faststart"),
            *("-fflags", "+bitexact", "-f", "mp4", out.name),
        ],
        folder=folder,
        check=check,
    )


def _text_track(tracks: TextTracks) -> tuple[str, ...]:
    return (
        *("-map", "3:s", "-c:s", "mov_text", "-metadata:s:s:0", f"language={tracks.language}"),
        *("-disposition:s:0", "default" if tracks.shown else "0"),
    )


def thumbnail(video: Path, out: Path, *, at_ms: int, check: Callable[[], None]) -> None:
    """A JPEG of one frame, at most 640 pixels wide."""
    ffmpeg.run(
        [
            *("-ss", f"{at_ms / 1000:.3f}", "-i", video.name, "-frames:v", "1"),
            *("-vf", "scale='min(640,iw)':-2", "-q:v", "3", "-f", "image2", out.name),
        ],
        folder=video.parent,
        check=check,
    )


def loudness_of_bars(
    reader: AudioReader, mix: Mix, *, from_ms: int, to_ms: int, bar_ms: int
) -> Iterator[float]:
    """The root mean square of the sound for each bar."""
    step_ms = bar_ms * max(1, _READ_MS // bar_ms)
    for at_ms in range(from_ms, to_ms, step_ms):
        both = reader.read_feeds(at_ms, min(at_ms + step_ms, to_ms), mix=mix)
        mono = both.mean(axis=0)
        size = bar_ms * 16
        for bar in range(math.ceil((min(at_ms + step_ms, to_ms) - at_ms) / bar_ms)):
            part = mono[bar * size : (bar + 1) * size]
            yield float(np.sqrt(np.mean(part**2))) if len(part) else 0.0
