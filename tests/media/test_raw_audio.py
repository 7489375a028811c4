import numpy as np
import pytest

from mp4totext.media.raw_audio import RawAudio, RawCodec


@pytest.mark.parametrize(
    ("codec", "rate", "silence"),
    [("pcm_s16le", 24_000, b"\0"), ("pcm_mulaw", 8_000, b"\xff"), ("pcm_alaw", 8_000, b"\xd5")],
)
def test_bare_samples_become_16_khz(codec: RawCodec, rate: int, silence: bytes) -> None:
    size = 2 if codec == "pcm_s16le" else 1
    audio = RawAudio(codec, rate=rate)
    out = b"".join(audio.feed(silence * (rate * size // 100)) for _ in range(100))
    samples = np.frombuffer(out, "<i2")
    assert 15_800 <= len(samples) <= 16_000  # the resampler keeps a few
    assert np.abs(samples).max() <= 8


def test_pieces_that_end_within_a_sample_are_put_together() -> None:
    tone = (np.sin(np.arange(24_000) / 10) * 20_000).astype("<i2").tobytes()
    whole, cut = RawAudio("pcm_s16le", rate=24_000), RawAudio("pcm_s16le", rate=24_000)
    expected = whole.feed(tone)
    pieces = [tone[at : at + 1_001] for at in range(0, len(tone), 1_001)]
    out = b"".join(cut.feed(piece) for piece in pieces)
    assert RawAudio("pcm_s16le", rate=24_000).feed(b"\1") == b""
    n = min(len(out), len(expected)) - 64
    assert np.array_equal(np.frombuffer(out[:n], "<i2"), np.frombuffer(expected[:n], "<i2"))
