"""Diarization by pyannote.audio 4: community-1 or speaker-diarization-3.1."""

import importlib
from functools import cached_property
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np

from mp4totext.kit.packages import install_command
from mp4totext.providers.access import Access
from mp4totext.providers.base import SAMPLE_RATE, Report
from mp4totext.providers.diarization.base import DiarizationCapabilities, DiarizationRequest
from mp4totext.providers.diarization.speaker_limits import check_limits
from mp4totext.providers.errors import ProviderError, ProviderMisconfigured, ProviderUnreachable
from mp4totext.transcript import Turn

COMMUNITY_1 = "pyannote/speaker-diarization-community-1"
DIARIZATION_3_1 = "pyannote/speaker-diarization-3.1"

# pyannote.audio 4 downloads the PLDA of community-1 for every pipeline without its own.
_ALSO_GATED = {DIARIZATION_3_1: ("pyannote/segmentation-3.0", COMMUNITY_1)}
_INSTALL = ("torch", "pyannote.audio>=4")
# The end of each step of the pipeline, as a share of the total time.
_STEPS = {"segmentation": (0.0, 0.3), "embeddings": (0.3, 0.95)}


class PyannoteDiarizer:
    """Needs torch. Keeps the whole recording in memory, 230 MB an hour; one file at a time."""

    def __init__(
        self,
        *,
        model: str = COMMUNITY_1,
        token: str | None = None,
        device: str = "cpu",
        threads: int = 1,
    ) -> None:
        """``model`` is a name on the Hugging Face hub or a folder with a ``config.yaml``."""
        self._model = model
        self._token = token
        self._device = device
        self._threads = threads
        self._using = Lock()  # the pipeline keeps state between its steps

    @cached_property
    def _torch(self) -> Any:
        return _imported("torch")

    @cached_property
    def _pipeline(self) -> Any:
        pyannote = _imported("pyannote.audio")
        # It sends usage statistics unless they are switched off before anything is loaded.
        _imported("pyannote.audio.telemetry").set_telemetry_metrics(False)
        hub_errors = _imported("huggingface_hub.errors")
        try:
            pipeline = pyannote.Pipeline.from_pretrained(self._model, token=self._token)
        except hub_errors.HfHubHTTPError as e:
            raise self._refused(e) from e
        except (OSError, KeyError, AttributeError, ValueError) as e:
            raise self._unreadable() from e
        if pipeline is None:
            raise self._gated()
        self._torch.set_num_threads(self._threads)  # a worker has one CPU core
        return pipeline.to(self._torch.device(self._device))

    def diarize(self, request: DiarizationRequest, report: Report) -> tuple[Turn, ...]:
        """Turns by start, without overlaps (pyannote's exclusive output, meant for words).

        Raises ProviderMisconfigured if the package or the model is missing or not permitted,
        ProviderRejected for impossible limits.
        """
        check_limits(request, provider="pyannote")
        samples = request.read(0, request.duration_ms)
        if not len(samples) or not samples.any():
            return ()
        waveform = self._torch.from_numpy(np.ascontiguousarray(samples)[None])
        with self._using:
            answer = self._pipeline(
                {"waveform": waveform, "sample_rate": SAMPLE_RATE},
                hook=_Progress(report, request.duration_ms),
                **_speaker_options(request),
            )
        report(request.duration_ms)
        return _turns(answer)

    def _refused(self, error: Exception) -> ProviderError:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if status is not None and status >= 500:
            return ProviderUnreachable(
                f"Hugging Face answered {status} for {self._model!r}: try again later.",
                provider="pyannote",
            )
        return self._gated()

    def _gated(self) -> ProviderMisconfigured:
        names = (self._model, *_ALSO_GATED.get(self._model, ()))
        pages = " and ".join(f"https://hf.co/{name}" for name in names)
        return ProviderMisconfigured(
            f"Hugging Face does not release {self._model!r}: accept the terms on {pages}, "
            "then set HF_TOKEN to a token of that account.",
            provider="pyannote",
            code="gated",
        )

    def _unreadable(self) -> ProviderMisconfigured:
        if Path(self._model).exists():
            return ProviderMisconfigured(
                f"The folder {Path(self._model).name!r} has no pyannote pipeline that can be "
                "read: it needs config.yaml, the models that file names, and a 'plda' among its "
                "params (copy it from community-1).",
                provider="pyannote",
                code="unreadable",
            )
        return ProviderMisconfigured(
            f"The model {self._model!r} is not on this machine and cannot be fetched: connect to "
            f"https://hf.co/{self._model}, or set PYANNOTE_MODEL to a folder that has it.",
            provider="pyannote",
            code="missing",
        )


class _Progress:
    """pyannote's hook: converts the progress of its steps to milliseconds that only increase."""

    def __init__(self, report: Report, duration_ms: int) -> None:
        self._report = report
        self._duration_ms = duration_ms
        self._done_ms = 0

    def __call__(
        self,
        step_name: str,
        step_artifact: Any,
        file: Any = None,
        total: int | None = None,
        completed: int | None = None,
    ) -> None:
        if step_name not in _STEPS or not total or completed is None:
            return
        low, high = _STEPS[step_name]
        done = low + (high - low) * min(1.0, completed / total)
        self._done_ms = max(self._done_ms, int(done * self._duration_ms))
        self._report(self._done_ms)


def _imported(name: str) -> Any:
    """A module of the optional extra, imported on first use, as torch takes seconds."""
    try:
        return importlib.import_module(name)
    except (ImportError, OSError) as e:
        raise ProviderMisconfigured(
            f"{name} cannot be imported. It needs a torch and a torchaudio that are built for "
            f"each other: {install_command(*_INSTALL)}",
            provider="pyannote",
            code="not_installed",
        ) from e


def _speaker_options(request: DiarizationRequest) -> dict[str, int]:
    low, high = request.limits.min_speakers, request.limits.max_speakers
    if low is not None and low == high:
        return {"num_speakers": low}
    limits = {"min_speakers": low, "max_speakers": high}
    return {name: value for name, value in limits.items() if value is not None}


def _turns(answer: Any) -> tuple[Turn, ...]:
    """Turns from a DiarizeOutput, or from the Annotation of pipelines in legacy mode."""
    annotation = getattr(answer, "exclusive_speaker_diarization", answer)
    names: dict[str, str] = {}
    return tuple(
        Turn(
            start_ms=max(0, round(segment.start * 1_000)),
            end_ms=round(segment.end * 1_000),
            speaker=names.setdefault(label, f"S{len(names) + 1}"),
        )
        for segment, _track, label in annotation.itertracks(yield_label=True)
    )


def build(access: Access[DiarizationCapabilities], *, model: str, device: str) -> PyannoteDiarizer:
    return PyannoteDiarizer(
        model=model, token=access.key or None, device=device, threads=access.machine.threads
    )
