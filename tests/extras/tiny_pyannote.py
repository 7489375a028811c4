"""Pipeline folders with tiny random models: meaningless answers through the real code."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("pyannote.audio")

import lightning  # noqa: E402 - only there when pyannote is
import yaml  # noqa: E402
from pyannote.audio.core.task import Problem, Resolution, Specifications  # noqa: E402
from pyannote.audio.models.embedding.xvector import XVectorMFCC  # noqa: E402
from pyannote.audio.models.segmentation import PyanNet  # noqa: E402

_DIMENSION = 16
_CHUNK_S = 5.0


def community_1(folder: Path) -> Path:
    """As speaker-diarization-community-1 is laid out: VBx clustering with a PLDA."""
    params = {**_models(folder), "clustering": "VBxClustering"}
    clustering = {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8}
    return _config(folder, params, clustering, {"dependencies": {"pyannote.audio": "4.0.0"}})


def diarization_3_1(folder: Path) -> Path:
    """As speaker-diarization-3.1 is configured: agglomerative clustering, a version key."""
    params = {**_models(folder), "clustering": "AgglomerativeClustering"}
    clustering = {"method": "centroid", "min_cluster_size": 2, "threshold": 0.7}
    return _config(folder, params, clustering, {"version": "3.1.0"})


def _config(
    folder: Path, params: dict[str, Any], clustering: dict[str, Any], head: dict[str, Any]
) -> Path:
    config = {
        **head,
        "pipeline": {"name": "pyannote.audio.pipelines.SpeakerDiarization", "params": params},
        "params": {"clustering": clustering, "segmentation": {"min_duration_off": 0.0}},
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config))
    return folder


def _models(folder: Path) -> dict[str, Any]:
    torch.manual_seed(0)
    _save(_segmentation(), folder / "segmentation")
    _save(_embedding(), folder / "embedding")
    _plda(folder / "plda")  # pyannote.audio 4 loads one even where the clustering needs none
    return {
        "segmentation": "$model/segmentation",
        "segmentation_batch_size": 8,
        "embedding": "$model/embedding",
        "embedding_batch_size": 8,
        "embedding_exclude_overlap": True,
        "plda": "$model/plda",
    }


def _segmentation() -> Any:
    model = PyanNet(
        sincnet={"stride": 10},
        lstm={"hidden_size": 8, "num_layers": 1},
        linear={"hidden_size": 8, "num_layers": 1},
    )
    model.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=_CHUNK_S,
        min_duration=None,
        warm_up=(0.0, 0.0),
        classes=["speaker#1", "speaker#2", "speaker#3"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    model.setup()
    with torch.no_grad():  # so that mostly one of two speakers is heard
        model.classifier.weight.mul_(8)
        model.classifier.bias.copy_(torch.tensor([-2.0, 1, 1, 0, 0, 0, 0]))
    return model


def _embedding() -> Any:
    model = XVectorMFCC(dimension=_DIMENSION)
    model.specifications = Specifications(
        problem=Problem.REPRESENTATION,
        resolution=Resolution.CHUNK,
        duration=_CHUNK_S,
        classes=["a", "b"],
    )
    model.setup()
    return model


def _plda(folder: Path) -> None:
    folder.mkdir(parents=True)
    basis = np.linalg.qr(np.random.default_rng(0).standard_normal((_DIMENSION, 8)))[0]
    np.savez(
        folder / "xvec_transform.npz", mean1=np.zeros(_DIMENSION), mean2=np.zeros(8), lda=basis
    )
    np.savez(folder / "plda.npz", mu=np.zeros(8), tr=np.eye(8), psi=np.linspace(4, 1, 8))


def _save(model: Any, folder: Path) -> None:
    folder.mkdir(parents=True)
    checkpoint = {
        "state_dict": model.state_dict(),
        "hyper_parameters": dict(model.hparams),
        "pytorch-lightning_version": lightning.__version__,
    }
    model.on_save_checkpoint(checkpoint)
    torch.save(checkpoint, folder / "pytorch_model.bin")
