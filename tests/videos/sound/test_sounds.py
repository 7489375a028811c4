"""The audio of a video: original, voice-over, voice, or silence."""

import re
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import SecretStr

from mp4totext.jobs.context import Context
from mp4totext.media.produced import facts_of
from mp4totext.operations import OPERATIONS
from mp4totext.transcript import Transcript
from mp4totext.videos.draw.caption_styles import Event
from mp4totext.videos.draw.drawing import bar_ms
from mp4totext.videos.operations import MadeVideo
from mp4totext.videos.orders import RenderParams
from mp4totext.videos.rendering import Rendering
from mp4totext.voices.openai_voices import ready_voice
from tests.support.ffmpeg import decoded, ffmpeg
from tests.support.filmed import filmed, loudness_of, warnings_of
from tests.support.in_process_service import FOUR_SECONDS, TEN_SECONDS, ApiUser, recording
from tests.support.kokoro import needs_kokoro
from tests.support.media_files import write
from tests.support.studios import VOICE, Studio
from tests.support.transcript_builders import transcript
from tests.videos.test_money import WITHOUT_FRAMES, NotEncoded, price
from tests.videos.test_rendering import FRAME_MS, file_of, rendered, uploaded

NUMBERS = count(1)
NUMBERS_SAID = ("three", "four", "five", "six", "seven", "eight", "nine", "ten")


def said(language: str = "en") -> Transcript:
    """Lines that the account has not paid for yet."""
    number = next(NUMBERS)
    texts = f"We bake {number} loaves at home today.", f"Then {number} of them cool on a rack."
    return transcript(*texts, language=language)


@pytest.fixture(scope="module")
def talk_and_tone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A talk, and three loud seconds of 440 Hz after it."""
    folder = tmp_path_factory.mktemp("filmed")
    tone = "sine=frequency=440:duration=3:sample_rate=48000,volume=4"
    ffmpeg(
        *("-i", recording(TEN_SECONDS), "-f", "lavfi", "-i", tone),
        *("-filter_complex", "[0:a]aresample=48000[a];[a][1:a]concat=n=2:v=0:a=1"),
        folder / "talk.wav",
    )
    return filmed(folder / "talk.mp4", folder / "talk.wav")


@pytest.mark.slow
@needs_kokoro
def test_a_voice_replaces_the_recording_and_says_its_words(
    user: ApiUser, talk_and_tone: Path, tmp_path: Path
) -> None:
    recording_id = uploaded(user, talk_and_tone)
    segments = user.recording(recording_id)["segments"]
    before = user.balance["balance"]
    video = rendered(user, recording_id, preset="captioned", sound="voice")
    lengths = {each["text"]: each["end_ms"] - each["start_ms"] for each in segments}
    voiced = 1.31 * sum(lengths.values()) / 60_000
    paid = before - user.balance["balance"]
    assert paid == pytest.approx(8.75 + voiced, abs=0.011)
    path = file_of(user, video, tmp_path)
    assert warnings_of(path) == ""
    assert abs(loudness_of(path) + 16) <= 0.5
    tone = decoded(path, channels=2)[0][-2 * 16_000 :]
    assert np.abs(tone).max() < 0.001
    heard = " ".join(each["text"] for each in user.recording(uploaded(user, path))["segments"])
    words = re.findall(r"\w+", " ".join(lengths).lower())
    assert len(words) > 10
    assert len(set(words) - set(re.findall(r"\w+", heard.lower()))) <= 1
    # The same lines cost nothing in another video, over the recording.
    body = {"transcription_id": recording_id, "preset": "captioned"}
    plan = user.send("POST", "/videos/plan", {**body, "sound": "voice_over_original"}, status=201)
    assert plan["credits"] == 8.75
    assert plan["storyboard"]["translation"] is None


@pytest.mark.slow
def test_a_silent_video_has_a_silent_track(
    user: ApiUser, talk_and_tone: Path, tmp_path: Path
) -> None:
    recording_id = uploaded(user, talk_and_tone)
    before = user.balance["balance"]
    path = file_of(user, rendered(user, recording_id, preset="captioned", sound="silent"), tmp_path)
    assert before - user.balance["balance"] == pytest.approx(8.75, abs=0.005)
    assert warnings_of(path) == ""
    assert not decoded(path, channels=2).any()
    facts = facts_of(path)
    assert abs(facts.video_ms - facts.audio_ms) < FRAME_MS


@pytest.mark.parametrize("outcome", ["ok", "failed", "cancelled"])
@pytest.mark.parametrize("preset", ["captioned", "slideshow"])
def test_a_voice_costs_its_minutes_once(studio: Studio, preset: str, outcome: str) -> None:
    spoken = said()
    body: dict[str, Any] = {"transcription_id": studio.record(spoken), "preset": preset}
    body |= {"sound": "voice", "voice": {"provider": VOICE.name, "voice": VOICE.voice}}
    if outcome == "failed":
        api = studio.speaker_server.vendor
        studio.speaker_server.fail(*[api.refusal(400, "No.") for _ in range(9)])  # type: ignore[attr-defined]
    _, before = studio.service.held_and_spent()
    accepted, _ = studio.order(body)
    if outcome == "cancelled":
        studio.service.cancel(accepted)
    studio.work(WITHOUT_FRAMES)
    video = studio.send("GET", f"/videos/{accepted['id']}")
    held, after = studio.service.held_and_spent()
    if outcome != "ok":
        assert (held, after - before, video["status"]) == (0, 0, outcome)
        return
    texts = [request.json["text"] for request in studio.speaker_server.received]
    assert spoken.segments[0].text in texts
    spoken_ms = sum(segment.end_ms - segment.start_ms for segment in spoken.segments)
    base = Decimal("8.75") + Decimal("1.31") * spoken_ms / 60_000
    cost = price(video["storyboard"], drawn=0, planned=0, base=str(base))
    assert (held, after - before) == (0, cost)
    body |= {"sound": "voice_over_original"}  # the same lines, over the recording
    with studio.service.moves(spent_uc=price(video["storyboard"], drawn=0, planned=0)):
        studio.send("POST", "/videos/generate", body, status=202)
        studio.work(WITHOUT_FRAMES)
    assert len(studio.speaker_server.received) == len(texts)


def test_the_wave_of_an_audiogram_is_that_of_its_voice(studio: Studio) -> None:
    spoken = transcript("We bake three loaves at home.", "They cool on a rack.", gap_ms=2_000)
    seen: list[tuple[int, ...]] = []

    class Looked(NotEncoded):
        def run(self, params: RenderParams, ctx: Context) -> MadeVideo:
            seen.append(Rendering(params, ctx).scenery().heights)
            return super().run(params, ctx)

    body = {"transcription_id": studio.record(spoken), "preset": "audiogram"}
    for sound in ("original", "voice"):
        voice = {"provider": VOICE.name, "voice": VOICE.voice}
        studio.order({**body, "sound": sound, **({"voice": voice} if sound == "voice" else {})})
        studio.work({**OPERATIONS, "render_video": Looked()})
    original, voice_alone = seen
    bar = bar_ms(spoken.duration_ms)
    pause = spoken.segments[0].end_ms + 300, spoken.segments[1].start_ms - 100
    assert not any(voice_alone[pause[0] // bar + 1 : pause[1] // bar])
    assert max(voice_alone) == 255
    assert len(original) == len(voice_alone)
    assert original != voice_alone


def test_words_are_lit_when_the_voice_says_them(studio: Studio) -> None:
    spoken = transcript("We bake four loaves.", "All of them cool.", gap_ms=4_000, words=True)
    seen: list[tuple[Transcript, list[tuple[int, int]], list[Event]]] = []

    class Looked(NotEncoded):
        def run(self, params: RenderParams, ctx: Context) -> MadeVideo:
            made = super().run(params, ctx)
            rendering = Rendering(params, ctx)
            voice = rendering._voice_over
            assert voice is not None
            captions = [e for part in rendering.parts(rendering.scenery()) for e in part.captions]
            seen.append((voice.retimed(rendering._spoken), voice.spans(), captions))
            return made

    body = {"transcription_id": studio.record(spoken), "preset": "audiogram", "sound": "voice"}
    studio.order({**body, "voice": {"provider": VOICE.name, "voice": VOICE.voice}})
    studio.work({**OPERATIONS, "render_video": Looked()})
    ((heard, spans, captions),) = seen
    assert heard.text == spoken.text
    for segment, original, (from_ms, to_ms) in zip(
        heard.segments, spoken.segments, spans, strict=True
    ):
        assert [word.text for word in segment.words] == original.text.split()
        assert from_ms <= segment.start_ms < segment.end_ms == to_ms
        assert [w.start_ms for w in segment.words] != [w.start_ms for w in original.words]
    starts = {word.start_ms for segment in heard.segments for word in segment.words}
    assert starts <= {event.start_ms for event in captions}


def test_a_scene_begins_when_the_voice_says_its_words(studio: Studio) -> None:
    lines = (f"We bake {number} loaves at home." for number in NUMBERS_SAID)
    spoken = transcript(*lines, gap_ms=0, words=True)
    seen: list[tuple[int, int]] = []  # when a card comes, and when its words are said

    class Looked(NotEncoded):
        def run(self, params: RenderParams, ctx: Context) -> MadeVideo:
            made = super().run(params, ctx)
            rendering = Rendering(params, ctx)
            scenery = rendering.scenery()
            parts = rendering.parts(scenery)
            with rendering._frames(scenery, parts[0]) as (size, frames):
                assert len(next(frames)) == size.width * size.height * 3 // 2
            comes_ms = min(e.start_ms for p in parts for e in p.cards if "five" in e.text)
            voice = rendering._voice_over
            said_ms = spoken.segments[2].start_ms if voice is None else voice.spans()[2][0]
            seen.append((comes_ms, said_ms))
            return made

    body = {"transcription_id": studio.record(spoken), "preset": "slideshow"}
    for sound in ("original", "voice"):
        voice = {"provider": VOICE.name, "voice": VOICE.voice}
        studio.order({**body, "sound": sound, **({"voice": voice} if sound == "voice" else {})})
        studio.work({**OPERATIONS, "render_video": Looked()})
    usual, voiced = seen
    assert voiced[1] > usual[1]  # the lines before take longer
    assert voiced[1] - voiced[0] == usual[1] - usual[0]


def test_a_voice_of_the_first_service_replaces_the_sound(studio: Studio) -> None:
    body = {"transcription_id": studio.record(said()), "voice": VOICE.voice}
    accepted = studio.send("POST", "/videos/generate", body, status=202)
    sound = accepted["storyboard"]["sound"]
    assert (sound["mode"], sound["voice"]["voice"]) == ("voice", VOICE.voice)
    body = {**body, "sound": "voice_over_original"}
    accepted = studio.send("POST", "/videos/generate", body, status=202)
    assert accepted["storyboard"]["sound"]["mode"] == "voice_over_original"


@needs_kokoro
def test_openais_names_mean_a_voice_of_this_machine_where_it_is_not_set_up(user: ApiUser) -> None:
    recording_id = uploaded(user, recording(FOUR_SECONDS))
    body = {"transcription_id": recording_id, "preset": "captioned", "sound": "voice"}
    plan = user.send("POST", "/videos/plan", {**body, "voice": {"voice": "shimmer"}}, status=201)
    voice = plan["storyboard"]["sound"]["voice"]
    assert (voice["provider"], voice["voice"]) == ("kokoro", "bf_emma")
    settings = user.harness.runtime.settings
    assert ready_voice("alloy", "en-US", settings) == "af_heart"
    assert ready_voice("alloy", "de", settings) == "alloy"  # Kokoro speaks English
    assert ready_voice("nobody", "en", settings) == "nobody"
    key = {"openai_api_key": SecretStr("sk-x")}
    own = settings.model_copy(update={"engines": settings.engines.model_copy(update=key)})
    assert ready_voice("alloy", "en", own) == "alloy"


@pytest.mark.parametrize(
    ("spoken", "options", "code"),
    [
        (said("tlh"), {"sound": "voice"}, "voice_cannot"),
        (Transcript(duration_ms=9_000), {"sound": "voice"}, "nothing_spoken"),
        (said(), {"sound": "loud"}, "invalid"),
        (said(), {"sound": "silent", "voice": {"voice": VOICE.voice}}, "invalid"),
        (said(), {"preset": "dubbed", "translation": "de", "sound": "silent"}, "invalid"),
    ],
)
def test_what_nobody_can_hear_is_refused_before_anything_is_held(
    studio: Studio, spoken: Transcript, options: dict[str, Any], code: str
) -> None:
    held, _ = studio.service.held_and_spent()
    path = f"/transcriptions/{studio.record(spoken)}/videos"
    answer = studio.send("POST", path, {"preset": "captioned", **options}, status=422)
    assert answer["code"] == code
    assert studio.service.held_and_spent()[0] == held


def test_the_sound_of_a_storyboard_is_changed_and_its_voice_checked(studio: Studio) -> None:
    body = {"transcription_id": studio.record(said()), "preset": "captioned"}
    plan = studio.send("POST", "/videos/plan", body, status=201)
    path = f"/videos/{plan['id']}/plan"
    voice = {"provider": VOICE.name, "voice": VOICE.voice, "model": VOICE.model}
    for sound, code in (
        ({"mode": "voice"}, "bad_storyboard"),
        ({"voice": voice}, "bad_storyboard"),
        ({"mode": "voice", "voice": {**voice, "voice": "nobody"}}, "unknown_voice"),
    ):
        change = {"revision": 1, "storyboard": {"sound": sound}}
        assert studio.send("PATCH", path, change, status=422)["code"] == code
    change = {"revision": 1, "storyboard": {"sound": {"mode": "voice", "voice": voice}}}
    changed = studio.send("PATCH", path, change)
    assert changed["credits"] > plan["credits"]
    silent = {"revision": 2, "storyboard": {"sound": {"mode": "silent", "voice": None}}}
    assert studio.send("PATCH", path, silent)["credits"] == plan["credits"]


@pytest.mark.slow
def test_surround_is_heard_on_two_sides_with_the_centre_in_the_middle(
    user: ApiUser, tmp_path: Path
) -> None:
    """A voice in the centre, a tone at the front left, one behind on the right, and a rumble."""
    talk = decoded(recording(TEN_SECONDS))[0]
    voice = np.interp(np.arange(3 * len(talk)) / 3, np.arange(len(talk)), talk)
    turns = 2 * np.pi * np.arange(len(voice)) / 48_000
    front, behind, rumble = 0.01 * np.sin([440 * turns, 3_000 * turns, 50 * turns])
    none = np.zeros_like(voice)
    channels = np.stack([front, none, voice, 30 * rumble, none, behind]).astype(np.float32)
    sound = write(tmp_path / "surround.m4a", channels, codec="aac")
    film = filmed(tmp_path / "surround.mp4", sound)
    path = file_of(user, rendered(user, uploaded(user, film), preset="captioned"), tmp_path)
    assert warnings_of(path) == ""
    assert abs(loudness_of(path) + 16) <= 0.5
    left, right = decoded(path, channels=2)
    at = {hertz: (level(left, hertz), level(right, hertz)) for hertz in (50, 440, 3_000)}
    assert at[440][0] > 10 * at[440][1]
    assert at[3_000][1] > 10 * at[3_000][0]
    assert max(at[50]) < 0.1 * at[440][0]
    assert at[3_000][1] / at[440][0] == pytest.approx(0.707, rel=0.1)
    middle, side = left + right, left - right
    assert np.sqrt(np.mean(middle**2)) > 3 * np.sqrt(np.mean(side**2))


def level(samples: np.ndarray[Any, Any], hertz: int) -> float:
    """The amplitude of a tone."""
    turns = np.exp(-2j * np.pi * hertz * np.arange(len(samples)) / 16_000)
    return float(2 * abs(np.mean(samples * turns)))
