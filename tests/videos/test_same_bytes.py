"""A seed makes the same bytes in every process, whatever hashes Python salts."""

import os
import subprocess
import sys

import pytest

from tests.support.kokoro import MODELS, needs_kokoro

CARD = """
from mp4totext.media.cards import Card, draw
card = Card(small="Chapter 1", large="Łódź, 海の塩, ملح البحر", foot="1883", language="ja")
data = draw(card, 320, 180, palette="dusk", seed=7).pixels.tobytes()
"""
GROUNDS = """
from mp4totext.media.backgrounds import PALETTES, background
data = b"".join(
    background(160, 90, palette=name, seed=7, quiet_at=(0.4, 0.6)).tobytes() for name in PALETTES
)
"""
STORYBOARD = """
from mp4totext.videos.planning import storyboard
from mp4totext.videos.schemas import VideoOptions
from tests.support.transcript_builders import TOPICS, transcript
boards = [
    storyboard(
        VideoOptions(preset=preset), transcript(*TOPICS.values(), words=True),
        recording_id="trn_1", title="", has_video=has_video,
    )
    for preset in ("captioned", "audiogram", "clip", "slideshow", "lesson")
    for has_video in (False, True)
]
data = b"".join(board.model_dump_json().encode() for board in boards)
"""
SLIDES = """
from mp4totext.videos.draw.canvas import Canvas
from mp4totext.videos.planning import storyboard
from mp4totext.videos.schemas import VideoOptions
from mp4totext.videos.draw.scene_pictures import card_ground
from mp4totext.videos.draw.slide_frames import Slides, picture_size
from tests.support.transcript_builders import TOPICS, transcript
board = storyboard(
    VideoOptions(preset="slideshow"), transcript(TOPICS["bread"], words=True),
    recording_id="trn_1", title="Bread", has_video=False,
)
canvas = Canvas(width=320, height=180, wave=False)
size = picture_size(canvas)
slides = Slides(board, canvas, lambda scene: card_ground(board, scene, *size))
data = b"".join(bytes(slides.frame(number)) for number in range(0, board.frames, 61))
"""
VOICE = f"""
from pathlib import Path
from mp4totext.providers.voice.base import VoiceRequest
from mp4totext.providers.voice.table import text_to_speech
from mp4totext.settings import EngineSettings, Settings
settings = Settings(engines=EngineSettings(bundled_models_dir=Path({str(MODELS)!r})))
kokoro = text_to_speech("kokoro", settings)
request = VoiceRequest(text="The ferry costs $42.", voice="af_heart", language="en")
data = kokoro.speak(request).sound
"""


def digest(code: str, *, salt: int) -> str:
    """Of ``data`` in a process of its own; its hashes of texts are salted with ``salt``."""
    code += "\nimport hashlib\nprint(len(data), hashlib.sha256(data).hexdigest())"
    salted = {"PYTHONHASHSEED": str(salt), "PYTHONPATH": os.curdir}
    environment = {**os.environ, **salted}  # noqa: TID251
    made = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert made.returncode == 0, made.stderr
    assert int(made.stdout.split()[0]) > 10_000
    return made.stdout


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(CARD, id="card"),
        pytest.param(GROUNDS, id="backgrounds"),
        pytest.param(STORYBOARD, id="storyboards"),
        pytest.param(SLIDES, id="slides", marks=pytest.mark.slow),
        pytest.param(VOICE, id="voice", marks=[needs_kokoro, pytest.mark.slow]),
    ],
)
def test_a_seed_makes_the_same_bytes_in_another_process(code: str) -> None:
    assert digest(code, salt=1) == digest(code, salt=2)
