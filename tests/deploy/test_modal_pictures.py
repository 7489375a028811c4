"""The image functions for Modal, with a fake pipeline that records its orders."""

import base64
import importlib.util
import json
import sys
from io import BytesIO
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import modal
import pytest
from PIL import Image

from mp4totext.providers.image.modal import FUNCTIONS
from mp4totext.settings import EngineSettings

SOURCE = Path(__file__).parents[2] / "deploy" / "modal" / "pictures.py"
ORDER = {"prompt": "A harbour", "negative": "fish", "width": 64, "height": 32, "seed": 7}

pytestmark = pytest.mark.filterwarnings("ignore:The .* function is executing locally")


class Pipeline:
    """Stands in for diffusers' pipelines: what it was loaded and called with."""

    loaded: dict[str, Any]

    def __init__(self) -> None:
        self.calls: list[dict[str, Any]] = []
        self.device = ""

    @classmethod
    def from_pretrained(cls, name: str, **options: Any) -> "Pipeline":
        made = cls()
        made.loaded = {"name": name, **options}
        return made

    def to(self, device: str) -> "Pipeline":
        self.device = device
        return self

    def __call__(self, **options: Any) -> Any:
        self.calls.append(options)
        size = (options["width"], options["height"])
        return SimpleNamespace(images=[Image.new("RGB", size, (9, 9, 9))])


class Generator:
    def __init__(self, device: str) -> None:
        self.seed = 0
        assert device == "cpu"

    def manual_seed(self, seed: int) -> "Generator":
        self.seed = seed
        return self


@pytest.fixture
def deployed(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    torch: Any = ModuleType("torch")
    torch.bfloat16, torch.float16, torch.Generator = "bfloat16", "float16", Generator
    diffusers: Any = ModuleType("diffusers")
    diffusers.FluxPipeline = diffusers.StableDiffusionXLPipeline = Pipeline
    monkeypatch.setitem(sys.modules, "torch", torch)
    monkeypatch.setitem(sys.modules, "diffusers", diffusers)
    spec = importlib.util.spec_from_file_location("deployed_pictures", SOURCE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def drawn(function: Any, **more: Any) -> list[tuple[int, tuple[int, int]]]:
    answer = json.loads(function.local({**ORDER, "count": 2, **more}))
    return [
        (item["seed"], Image.open(BytesIO(base64.b64decode(item["data"]))).size)
        for item in answer["pictures"]
    ]


def test_flux_gets_no_guidance_and_no_negative_prompt(deployed: ModuleType) -> None:
    assert drawn(deployed.flux) == [(7, (64, 32)), (8, (64, 32))]
    pipeline = deployed._flux()
    assert pipeline.loaded == {"name": deployed.FLUX, "torch_dtype": "bfloat16"}
    assert pipeline.device == "cuda"
    first = pipeline.calls[0]
    assert (first["guidance_scale"], first["num_inference_steps"]) == (0.0, 4)
    assert "negative_prompt" not in first
    assert [call["generator"].seed for call in pipeline.calls] == [7, 8]


def test_sdxl_gets_the_negative_prompt(deployed: ModuleType) -> None:
    assert len(drawn(deployed.sdxl)) == 2
    pipeline = deployed._sdxl()
    assert pipeline.loaded["variant"] == "fp16"
    assert pipeline.calls[0]["negative_prompt"] == "fish"
    drawn(deployed.sdxl, negative="")
    assert pipeline.calls[-1]["negative_prompt"] is None


def test_they_are_the_functions_the_provider_calls(deployed: ModuleType) -> None:
    assert deployed.app.name == f"{EngineSettings().modal_app_name}-pictures"
    for name in FUNCTIONS.values():
        assert isinstance(getattr(deployed, name), modal.Function)
