"""The choice of tracks and channels, and warnings about the others."""

from pathlib import Path

import numpy as np
import pytest

from mp4totext.media.choice import ANYTHING, CLIPPED, Choice, SourceOptions, choose
from mp4totext.media.decode import AudioReader
from mp4totext.media.errors import NoSuchTrack
from mp4totext.media.samples import Samples
from mp4totext.media.survey import survey
from mp4totext.providers.vad import Vad
from tests.support.ffmpeg import ffmpeg
from tests.support.two_reader_recordings import cities, wav
from tests.support.voice_recordings import silence, voice

ONE, TWO = voice("beckett")[: 8 * 16_000], cities(1, 9)
PAUSE = silence(8)


def chosen(path: Path, options: SourceOptions = ANYTHING) -> Choice:
    with AudioReader(path) as reader:
        return choose(reader.structure, survey(reader, Vad().probabilities), options)


def recording(folder: Path, *channels: Samples) -> Path:
    path = folder / "recording.wav"
    path.write_bytes(wav(*channels))
    return path


def signals(choice: Choice) -> list[int | None]:
    return [source.signal for source in choice.sources]


def test_copies_are_mixed_and_one_upside_down_is_turned(tmp_path: Path) -> None:
    choice = chosen(recording(tmp_path, ONE, ONE * np.float32(0.8), -ONE))
    assert signals(choice) == [1, 1, 1]
    first, second, third = (source.weight for source in choice.sources)
    assert first > second > 0 > third
    assert choice.sources[0].reason == "mixed: the same sound"


def test_people_with_a_channel_each_are_in_the_order_of_the_channels(tmp_path: Path) -> None:
    quiet = np.concatenate([ONE, PAUSE]) * np.float32(0.2)
    loud = np.concatenate([PAUSE, TWO])
    choice = chosen(recording(tmp_path, quiet, loud, silence(16)))
    assert signals(choice) == [1, 2, None]
    assert [s.reason for s in choice.sources] == ["a voice of its own"] * 2 + ["silent"]
    assert choice.mix.voices == 2


def test_who_hardly_speaks_in_a_room_is_a_person_too(tmp_path: Path) -> None:
    """Three microphones hear each other; one belongs to somebody who says one sentence."""
    short = voice("beckett")[: 2 * 16_000]
    own = [
        np.concatenate([ONE, silence(8), silence(20), ONE, silence(2)]),
        np.concatenate([silence(8), TWO, silence(20), silence(8), silence(2)]),
        np.concatenate([silence(44), short * np.float32(0.5)]),
    ]
    sounds = [
        sum((other * np.float32(0.06) for m, other in enumerate(own) if m != n), start=sound)
        for n, sound in enumerate(own)
    ]
    choice = chosen(recording(tmp_path, *sounds))
    assert signals(choice) == [1, 2, 3]
    assert {source.reason for source in choice.sources} == {"a voice of its own"}


def test_silence_from_start_to_end_is_transcribed_so_that_it_can_be_said(tmp_path: Path) -> None:
    choice = chosen(recording(tmp_path, silence(3), silence(3)))
    assert [s.reason for s in choice.sources] == ["silent", "silent"]
    assert signals(choice) == [1, 1]


def test_a_channel_that_is_upside_down_at_times_does_not_cancel_the_other(tmp_path: Path) -> None:
    whole, turned = np.concatenate([ONE, TWO]), np.concatenate([ONE, -TWO])
    choice = chosen(recording(tmp_path, whole, turned))
    first, second = (abs(source.weight) for source in choice.sources)
    assert max(first, second) > 10 * min(first, second) > 0


@pytest.mark.parametrize(
    ("tracks", "heard"),
    [
        (("both", "one", "two"), [2, 3]),
        (("one", "two", "both"), [1, 2]),
        (("both", "one"), [1]),
        (("one", "both"), [2]),
    ],
    ids=["mix first", "mix last", "mix and one", "one and mix"],
)
def test_words_in_a_mix_and_in_its_parts_come_once(
    tmp_path: Path, tracks: tuple[str, ...], heard: list[int]
) -> None:
    one, two = np.concatenate([ONE, PAUSE]), np.concatenate([PAUSE, TWO])
    sounds = {"one": one, "two": two, "both": one + two}
    inputs: list[object] = []
    for name in tracks:
        (tmp_path / f"{name}.wav").write_bytes(wav(sounds[name]))
        inputs += ["-i", tmp_path / f"{name}.wav"]
    path = tmp_path / "obs.mkv"
    maps = [option for n in range(len(tracks)) for option in ("-map", n)]
    ffmpeg(*inputs, *maps, "-c:a", "aac", path)
    choice = chosen(path)
    assert [source.track for source in choice.sources if source.signal] == heard
    assert choice.warnings == ()


def test_a_clipped_recording_is_noted(tmp_path: Path) -> None:
    assert chosen(recording(tmp_path, np.clip(ONE * 200, -1, 1))).warnings == (CLIPPED,)
    assert chosen(recording(tmp_path, ONE)).warnings == ()


@pytest.mark.parametrize(
    ("options", "heard", "reason"),
    [
        (ANYTHING, [1], "another version of track 1"),
        (SourceOptions(language="de"), [2], "another version of track 2"),
        (SourceOptions(tracks=(2,)), [2], "not asked for"),
        (SourceOptions(tracks="all"), [1, 2], ""),
    ],
)
def test_of_two_languages_one_is_transcribed(
    tmp_path: Path, options: SourceOptions, heard: list[int], reason: str
) -> None:
    inputs = []
    for name, sound in (("a", ONE), ("b", TWO)):
        (tmp_path / f"{name}.wav").write_bytes(wav(sound))
        inputs += ["-i", tmp_path / f"{name}.wav"]
    tags = ("-metadata:s:a:0", "language=eng", "-metadata:s:a:1", "language=ger")
    path = tmp_path / "film.mka"
    ffmpeg(*inputs, "-map", 0, "-map", 1, "-c:a", "flac", *tags, path)
    choice = chosen(path, options)
    assert [s.track for s in choice.sources if s.signal] == heard
    assert {s.reason for s in choice.sources if not s.signal} == ({reason} if reason else set())
    assert len(choice.warnings) == ("another" in reason)


@pytest.mark.parametrize(
    ("second_starts_s", "heard"), [(0, [2]), (30, [1, 2])], ids=["at once", "in turn"]
)
def test_of_two_at_once_the_one_that_players_play_is_transcribed(
    tmp_path: Path, second_starts_s: int, heard: list[int]
) -> None:
    for name, sound in (("a", ONE), ("b", TWO)):
        (tmp_path / f"{name}.wav").write_bytes(wav(sound))
    path = tmp_path / "film.mp4"
    inputs = ("-i", tmp_path / "a.wav", "-itsoffset", second_starts_s, "-i", tmp_path / "b.wav")
    flags = ("-disposition:a:0", "0", "-disposition:a:1", "default")
    ffmpeg(*inputs, "-map", 0, "-map", 1, "-c:a", "aac", *flags, path)
    choice = chosen(path)
    assert [s.track for s in choice.sources if s.signal] == heard
    warned = [w for w in choice.warnings if "players play track 2 instead" in w]
    assert len(warned) == 2 - len(heard)


@pytest.mark.parametrize("options", [SourceOptions(tracks=(2,)), SourceOptions(channels=(3,))])
def test_what_is_not_there_cannot_be_chosen(tmp_path: Path, options: SourceOptions) -> None:
    with pytest.raises(NoSuchTrack, match=r"There is no (audio track 2|channel 3)"):
        chosen(recording(tmp_path, ONE, TWO), options)
