"""The GPU function behind ``modal``: faster-whisper for words, pyannote for speakers, or only that.

    modal secret create mp4totext-huggingface HF_TOKEN=...
    modal deploy deploy/modal/transcribe.py

The token's account must have accepted pyannote's terms. The function gets a signed link, keeps the
recording on its own disk while it works, and answers with JSON.
"""

import json
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import modal

APP_NAME = "mp4totext"  # MODAL_APP_NAME of the service
MODEL = "large-v3"
DIARIZER = "pyannote/speaker-diarization-community-1"
MODELS = Path("/models")
LONGEST_S = 4 * 3600
BATCH_SIZE = 16

app = modal.App(APP_NAME)
image = (
    modal.Image.from_registry("nvidia/cuda:12.8.1-cudnn-runtime-ubuntu22.04", add_python="3.11")
    .apt_install("ffmpeg")
    .uv_pip_install("faster-whisper==1.2.1", "pyannote.audio==4.0.7", "httpx>=0.28")
    .env({"HF_HOME": str(MODELS), "PYANNOTE_METRICS_ENABLED": "0"})
)
volume = modal.Volume.from_name("mp4totext-models", create_if_missing=True)


@app.function(
    image=image,
    gpu="A10G",
    volumes={str(MODELS): volume},
    secrets=[modal.Secret.from_name("mp4totext-huggingface", required_keys=["HF_TOKEN"])],
    timeout=LONGEST_S,
    scaledown_window=120,
)
def transcribe(order: dict[str, Any]) -> str:
    """JSON with language, segments with words in seconds, and turns; or with an error."""
    import httpx  # noqa: PLC0415  # only in the function's image

    with tempfile.TemporaryDirectory() as folder:
        media = Path(folder) / "media"
        try:
            _fetch(order["url"], media)
        except httpx.HTTPError as error:
            # The link is a secret, so the message must not contain it.
            return json.dumps({"error": {"code": "fetch", "message": type(error).__name__}})
        words = _transcribed(media, order) if order.get("words", True) else {}
        return json.dumps(words | {"turns": _turns(media, order)})


def _fetch(url: str, media: Path) -> None:
    import httpx  # noqa: PLC0415

    with httpx.stream("GET", url, timeout=60, follow_redirects=False) as answer:
        answer.raise_for_status()
        with media.open("wb") as file:
            for block in answer.iter_bytes(1 << 20):
                file.write(block)


@cache
def _whisper(model: str) -> Any:
    import ctranslate2  # noqa: PLC0415
    from faster_whisper import WhisperModel  # noqa: PLC0415

    on_gpu = ctranslate2.get_cuda_device_count() > 0
    return WhisperModel(
        model,
        device="cuda" if on_gpu else "cpu",
        compute_type="float16" if on_gpu else "int8",
    )


def _transcribed(media: Path, order: dict[str, Any]) -> dict[str, Any]:
    from faster_whisper import BatchedInferencePipeline  # noqa: PLC0415

    name = order.get("model") or MODEL
    segments, info = BatchedInferencePipeline(_whisper(name)).transcribe(
        str(media),
        language=order.get("language"),
        task="translate" if order.get("translate") else "transcribe",
        hotwords=", ".join(order.get("vocabulary") or ()) or None,
        word_timestamps=True,
        batch_size=BATCH_SIZE,
        language_detection_segments=5,
    )
    return {
        "model": name,
        "language": info.language,
        "language_confidence": float(info.language_probability),
        "segments": [
            {
                "start": float(segment.start),
                "end": float(segment.end),
                "text": segment.text,
                "words": [
                    {
                        "word": word.word,
                        "start": float(word.start),
                        "end": float(word.end),
                        "probability": float(word.probability),
                    }
                    for word in segment.words or ()
                ],
            }
            for segment in segments
        ],
    }


@cache
def _pyannote() -> Any:
    import torch  # noqa: PLC0415
    from pyannote.audio import Pipeline  # noqa: PLC0415

    return Pipeline.from_pretrained(DIARIZER).to(torch.device("cuda"))


def _turns(media: Path, order: dict[str, Any]) -> list[dict[str, Any]]:
    if not order.get("diarize"):
        return []
    import torch  # noqa: PLC0415
    from faster_whisper.audio import decode_audio  # noqa: PLC0415

    # Decoded here: pyannote's own reader depends on how its image was built.
    sound = torch.from_numpy(decode_audio(str(media)))[None]
    limits = {name: order[name] for name in ("min_speakers", "max_speakers") if order.get(name)}
    found = _pyannote()({"waveform": sound, "sample_rate": 16_000}, **limits)
    return [
        {"start": float(turn.start), "end": float(turn.end), "speaker": str(speaker)}
        for turn, _, speaker in found.speaker_diarization.itertracks(yield_label=True)
    ]
