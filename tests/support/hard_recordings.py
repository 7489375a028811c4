"""Recordings that other programs misread, made from three sentences with FFmpeg."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.support.ffmpeg import ffmpeg
from tests.support.two_reader_recordings import cities, wav
from tests.support.voice_recordings import silence, voice

TRY, BEST, LAST = "fail better", "the best of times", "nothing before us"
_AAC = ("-ar", 44_100, "-c:a", "aac", "-b:a", "64k")
_OPUS = ("-c:a", "libopus", "-b:a", "32k")


def sentences(folder: Path) -> list[Path]:
    """Write TRY (10 s), BEST (4 s) and LAST (3.4 s) as WAV files."""
    sounds = (voice("beckett"), cities(0.9, 4.85), cities(20.95, 24.35))
    paths = [folder / f"{name}.wav" for name in "abc"]
    for path, sound in zip(paths, sounds, strict=True):
        path.write_bytes(wav(sound))
    return paths


def ts_restart(folder: Path) -> Path:
    """A transport stream whose time stamps restart with each part."""
    return _joined(folder, "ts", _AAC, ((), (), ()))


def ts_jump(folder: Path) -> Path:
    """A transport stream whose time stamps jump ahead by hours."""
    return _joined(folder, "ts", _AAC, ((), ("-output_ts_offset", "20000"), ()))


def chained_ogg(folder: Path) -> Path:
    return _joined(folder, "opus", _OPUS, ((), (), ()))


def joined_wav(folder: Path) -> Path:
    return _joined(folder, "wav", ("-c:a", "pcm_s16le"), ((), (), ()))


def joined_mp4(folder: Path) -> Path:
    return _joined(folder, "mp4", _AAC, ((), (), ()))


def wrapped_wav(folder: Path) -> Path:
    """A WAV of 10 s whose header announces 3 s."""
    first, _, _ = sentences(folder)
    data = bytearray(first.read_bytes())
    at = data.index(b"data") + 4
    struct.pack_into("<I", data, at, 3 * 32_000)
    struct.pack_into("<I", data, 4, at + 3 * 32_000 - 4)
    path = folder / "wrapped.wav"
    path.write_bytes(data)
    return path


def silent_first_track(folder: Path) -> Path:
    first, _, _ = sentences(folder)
    path = folder / "screen.mkv"
    mute = ("-f", "lavfi", "-i", "anullsrc=r=48000:cl=stereo")
    ffmpeg(*mute, "-i", first, "-map", 0, "-map", 1, "-t", 10, *_OPUS, path)
    return path


def commentary_first(folder: Path) -> Path:
    """A video whose second audio track is the main one and marked as such."""
    first, second, _ = sentences(folder)
    path = folder / "film.mkv"
    flags = ("-disposition:a:0", "comment", "-disposition:a:1", "default")
    ffmpeg("-i", second, "-i", first, "-map", 0, "-map", 1, *_OPUS, *flags, path)
    return path


def unknown_codec_first(folder: Path) -> Path:
    """Two AAC tracks, the first of which claims a codec that no program decodes."""
    first, _, _ = sentences(folder)
    path = folder / "phone.mov"
    ffmpeg("-i", first, "-i", first, "-map", 0, "-map", 1, *_AAC, path)
    data = bytearray(path.read_bytes())
    entry = data.index(b"mp4a", data.index(b"stsd"))
    data[entry : entry + 4] = b"apac"
    box = data.index(b"esds", entry)
    data[box : box + 4] = b"dapa"
    path.write_bytes(data)
    return path


def a_track_each(folder: Path) -> Path:
    """A meeting with one track for each person, who speak one after the other."""
    path = folder / "meeting.mka"
    inputs: list[object] = []
    for number, sound in enumerate(_turns()):
        own = folder / f"person{number}.wav"
        own.write_bytes(wav(sound))
        inputs += ["-i", own]
    ffmpeg(*inputs, "-map", 0, "-map", 1, "-map", 2, "-c:a", "flac", path)
    return path


def microphones_in_surround(folder: Path) -> Path:
    """Three people on front left, front right and centre of a 5.1 layout."""
    left, centre, right = _turns()
    quiet = np.zeros_like(left)
    return _surround(folder, (left, right, centre, quiet, quiet, quiet))


def music_in_centre(folder: Path) -> Path:
    """A voice on the left and right channels, and music on the centre channel."""
    speech = voice("beckett")
    time = np.arange(len(speech)) / 16_000
    notes = 220 * 2 ** (np.floor(time * 3 % 7) / 12)
    tune = 0.1 * np.sin(2 * np.pi * np.cumsum(notes) / 16_000) * (1 - time * 3 % 1)
    back = (0.2 * tune).astype(np.float32)
    centre = tune.astype(np.float32)
    return _surround(folder, (speech, speech, centre, np.zeros_like(speech), back, back))


def eight_channels(folder: Path) -> Path:
    first, _, _ = sentences(folder)
    path = folder / "eight.flac"
    same = "|".join(f"c{n}=c0" for n in range(8))
    ffmpeg("-i", first, "-af", f"pan=7.1|{same}", path)
    return path


def seldom_heard_channel(folder: Path) -> Path:
    """A talk on the left channel, and a single question on the right one."""
    speech = voice("beckett")
    talk = np.concatenate([speech, speech, silence(4.2), speech])
    question = np.concatenate([silence(20.2), cities(20.95, 24.35), silence(60)])[: len(talk)]
    path = folder / "talk.opus"
    (folder / "talk.wav").write_bytes(wav(talk, question))
    ffmpeg("-i", folder / "talk.wav", *_OPUS, path)
    return path


def echo_in_a_call(folder: Path) -> Path:
    """A call whose near microphone has an echo of the far side, 150 ms late and 4 dB quieter."""
    far = np.concatenate([voice("beckett"), silence(5)])
    near = np.concatenate([silence(10.4), cities(0.9, 4.85), silence(5)])[: len(far)]
    echo = np.concatenate([silence(0.15), far])[: len(far)] * np.float32(0.65)
    path = folder / "call.wav"
    path.write_bytes(wav(near + echo, far))
    return path


def constant_offset(folder: Path) -> Path:
    """Quiet speech with a constant offset of a tenth of full scale."""
    path = folder / "offset.wav"
    speech = voice("beckett")
    path.write_bytes(wav(speech * np.float32(0.1 / np.abs(speech).max()) + np.float32(0.1)))
    return path


def above_full_scale(folder: Path) -> Path:
    """Float samples with a peak 25 dB above full scale, without clipping."""
    first, _, _ = sentences(folder)
    path = folder / "loud.wav"
    ffmpeg("-i", first, "-af", "volume=25dB:precision=double", "-c:a", "pcm_f32le", path)
    return path


def longer_picture(folder: Path) -> Path:
    first, _, _ = sentences(folder)
    path = folder / "screen.webm"
    picture = ("-f", "lavfi", "-i", "color=c=black:s=64x64:r=5:d=20")
    ffmpeg(
        *picture, "-i", first, "-map", 0, "-map", 1, "-c:v", "libvpx", "-b:v", "20k", *_OPUS, path
    )
    return path


def quiet_start_of_raw_aac(folder: Path) -> Path:
    """AAC for which FFmpeg estimates a length of minutes from the first frames."""
    first, _, _ = sentences(folder)
    silent, spoken, path = folder / "s.aac", folder / "a.aac", folder / "raw.aac"
    ffmpeg("-f", "lavfi", "-i", "anullsrc=r=44100:cl=mono", "-t", 20, "-c:a", "aac", silent)
    ffmpeg("-i", first, *_AAC, spoken)
    path.write_bytes(silent.read_bytes() + spoken.read_bytes())
    return path


def _joined(
    folder: Path, extension: str, codec: tuple[object, ...], options: tuple[tuple[str, ...], ...]
) -> Path:
    path = folder / f"joined.{extension}"
    parts = []
    for number, (sentence, more) in enumerate(zip(sentences(folder), options, strict=True)):
        part = folder / f"part{number}.{extension}"
        ffmpeg("-i", sentence, *codec, *more, part)
        parts.append(part.read_bytes())
    path.write_bytes(b"".join(parts))
    return path


def _turns() -> list[np.ndarray]:
    """Three people who speak one after the other, each on a track."""
    sounds = (voice("beckett"), cities(0.9, 4.85), cities(20.95, 24.35))
    ends = np.cumsum([len(sound) for sound in sounds])
    tracks = []
    for sound, end in zip(sounds, ends, strict=True):
        track = np.zeros(ends[-1], np.float32)
        track[end - len(sound) : end] = sound
        tracks.append(track)
    return tracks


def _surround(folder: Path, channels: tuple[np.ndarray, ...]) -> Path:
    raw, path = folder / "six.wav", folder / "six.m4a"
    raw.write_bytes(wav(*channels))
    ffmpeg("-i", raw, "-af", "aformat=channel_layouts=5.1", "-c:a", "aac", "-b:a", "192k", path)
    return path


Maker = Callable[[Path], Path]
# How a recording is made, the words that are in it in order, and the length in ms.
HARD: dict[str, tuple[Maker, tuple[str, ...], int]] = {
    "a clock that restarts": (ts_restart, (TRY, BEST, LAST), 17_320),
    "a clock that jumps by hours": (ts_jump, (TRY, BEST, LAST), 17_320),
    "chained Ogg": (chained_ogg, (TRY, BEST, LAST), 17_320),
    "joined WAV": (joined_wav, (TRY, BEST, LAST), 17_320),
    "joined MP4": (joined_mp4, (TRY, BEST, LAST), 17_320),
    "a header shorter than the sound": (wrapped_wav, (TRY,), 9_963),
    "a silent track first": (silent_first_track, (TRY,), 9_963),
    "everybody on a track": (a_track_each, (TRY, BEST, LAST), 17_313),
    "microphones in 5.1": (microphones_in_surround, (TRY, BEST, LAST), 17_313),
    "music in the centre": (music_in_centre, (TRY,), 9_963),
    "eight channels": (eight_channels, (TRY,), 9_963),
    "a channel that is seldom heard": (seldom_heard_channel, (TRY, TRY, LAST, TRY), 34_090),
    "a call with an echo": (echo_in_a_call, (TRY, BEST), 14_963),
    "a constant offset": (constant_offset, (TRY,), 9_963),
    "far above full scale": (above_full_scale, (TRY,), 9_963),
    "a picture that is longer": (longer_picture, (TRY,), 9_963),
    "raw AAC with a quiet start": (quiet_start_of_raw_aac, (TRY,), 30_000),
}
