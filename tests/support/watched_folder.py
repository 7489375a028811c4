"""Changes recordings in a folder while the command watches it and is killed."""

import random
import signal
import time
import wave
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import numpy as np

from mp4totext.commands.watch import STATE_FILE
from tests.support.command_line import environment_of, json_lines, started
from tests.support.speech_samples import two_cities
from tests.support.waiting import until

RATE = 16_000
CLIP_MS, STEP_MS = 1_500, 200  # clips that differ, all with speech in them
WITHIN_S = 60.0
EACH_S = 20.0  # on a machine that does other things as well


@dataclass
class FolderHistory:
    """The changes of the folder so far, and the expected results."""

    folder: Path
    kills: int
    kept: list[Path] = field(default_factory=list)  # each gets captions, once
    broken: list[Path] = field(default_factory=list)
    deleted: list[Path] = field(default_factory=list)
    printed: list[str] = field(default_factory=list)  # paths whose transcript was printed
    refused: list[str] = field(default_factory=list)


def clip(number: int) -> bytes:
    start_ms = number * STEP_MS % 40_000
    samples = two_cities(0, 44_000)[start_ms * 16 : (start_ms + CLIP_MS) * 16]
    samples = np.roll(samples, number)  # so that no two are the same after a round
    return (samples * 32_767).astype(np.int16).tobytes()


def write_wav(path: Path, number: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(clip(number))


def add_recording(history: FolderHistory, number: int, others: random.Random) -> None:
    """Add one recording in one of several ways, such as renamed or written in two parts."""
    path = history.folder / f"talk {number}.wav"
    match number % 6:
        case 0:  # as a program writes that makes a hidden file first
            hidden = history.folder / f".talk {number}.wav.part"
            write_wav(hidden, number)
            hidden.rename(path)
            history.kept.append(path)
        case 1:  # in two halves, with a pause
            whole = history.folder / f"talk {number}.tmp"
            write_wav(whole, number)
            content = whole.read_bytes()
            whole.unlink()
            with path.open("wb") as file:
                file.write(content[: len(content) // 2])
                file.flush()
                time.sleep(others.random())
                file.write(content[len(content) // 2 :])
            history.kept.append(path)
        case 2:  # renamed at once
            write_wav(path, number)
            history.kept.append(path.rename(path.with_name(f"renamed {number}.wav")))
        case 3:  # deleted at once
            write_wav(path, number)
            path.unlink()
            history.deleted.append(path)
        case 4:  # broken
            path.write_bytes(b"RIFF of no sound %d" % number)
            history.broken.append(path)
        case _:
            write_wav(path, number)
            history.kept.append(path)


def written(history: FolderHistory) -> list[str]:
    return sorted(path.name for path in history.folder.glob("*.srt"))


def _is_logged(history: FolderHistory, *, captions: int, unusable: int) -> bool:
    state = history.folder / STATE_FILE
    logged = state.read_text().count('"unusable"') if state.exists() else 0
    return len(written(history)) >= captions and logged >= unusable


def change_folder(
    folder: Path, data: Path, *, count: int, kills: int = 1, seed: int = 1
) -> FolderHistory:
    """Add ``count`` recordings while the command is killed ``kills`` times and restarted."""
    history, others = FolderHistory(folder=folder, kills=kills), random.Random(seed)
    folder.mkdir(parents=True)
    arguments = ("transcribe", "--watch", folder, "-f", "srt", "--json", "--engine", "moonshine")
    environment = environment_of(data)
    for turn in range(kills + 1):
        with started(*arguments, environment=environment) as process:
            for number in range(turn * count // (kills + 1), (turn + 1) * count // (kills + 1)):
                add_recording(history, number, others)
            last = turn == kills
            enough = len(history.kept) if last else max(1, len(history.kept) // 2)
            unusable = len(history.broken) if last else 0
            until(
                partial(_is_logged, history, captions=enough, unusable=unusable),
                within_s=WITHIN_S + EACH_S * count,
            )
            process.send_signal(signal.SIGINT if last else signal.SIGKILL)
            output, errors = process.communicate(timeout=WITHIN_S)
            if last and process.returncode != 130:
                raise AssertionError(errors.decode())
        for fact in json_lines(output.decode().rpartition("\n")[0]):
            (history.printed if fact["ok"] else history.refused).append(fact["file"])
        if not last:  # renamed while nobody watches, after it was done
            done = (folder / name.replace(".srt", ".wav") for name in written(history))
            for path in done:
                if path in history.kept and path.exists():  # not renamed after an earlier kill
                    path.rename(path.with_name(f"later {path.name}"))
                    break
    return history
