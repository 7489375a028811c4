"""The GPU functions behind ``modal`` for pictures: FLUX.1 schnell on an H100, SDXL on an A10.

    modal secret create mp4totext-huggingface HF_TOKEN=...
    modal deploy deploy/modal/pictures.py

The token's account must have accepted FLUX.1's terms. Weights are kept in a volume, so only the
first start downloads them: 34 GB for FLUX, 7 GB for SDXL. An app of its own beside that of
``transcribe.py``: deploying one file replaces all of an app.
"""

import base64
import io
import json
from functools import cache
from pathlib import Path
from typing import Any

import modal

APP_NAME = "mp4totext-pictures"  # MODAL_APP_NAME of the service, with "-pictures"
FLUX, FLUX_STEPS = "black-forest-labs/FLUX.1-schnell", 4
SDXL, SDXL_STEPS, SDXL_GUIDANCE = "stabilityai/stable-diffusion-xl-base-1.0", 30, 6.5
FLUX_PROMPT_TOKENS = 256  # the most that schnell was trained with
MODELS = Path("/models")
LONGEST_S = 900  # the first start downloads

app = modal.App(APP_NAME)
image = (
    modal.Image.debian_slim(python_version="3.11")
    .uv_pip_install(
        "accelerate>=1.10", "diffusers>=0.35", "pillow>=12", "protobuf", "sentencepiece>=0.2",
        "torch>=2.8", "transformers>=4.56",
    )
    .env({"HF_HUB_CACHE": str(MODELS)})
)  # fmt: skip
volume = modal.Volume.from_name("mp4totext-picture-models", create_if_missing=True)
secret = modal.Secret.from_name("mp4totext-huggingface", required_keys=["HF_TOKEN"])


@app.function(
    image=image,
    gpu="H100",
    volumes={str(MODELS): volume},
    secrets=[secret],
    timeout=LONGEST_S,
    scaledown_window=120,
)
def flux(order: dict[str, Any]) -> str:
    """JSON with the pictures as WebP, each with its seed. It takes no negative prompt."""
    return _drawn(
        _flux(),
        order,
        num_inference_steps=FLUX_STEPS,
        guidance_scale=0.0,
        max_sequence_length=FLUX_PROMPT_TOKENS,
    )


@app.function(
    image=image,
    gpu="A10G",
    volumes={str(MODELS): volume},
    secrets=[secret],
    timeout=LONGEST_S,
    scaledown_window=120,
)
def sdxl(order: dict[str, Any]) -> str:
    """JSON with the pictures as WebP, each with its seed."""
    return _drawn(
        _sdxl(),
        order,
        num_inference_steps=SDXL_STEPS,
        guidance_scale=SDXL_GUIDANCE,
        negative_prompt=order.get("negative") or None,
    )


@cache
def _flux() -> Any:
    import torch  # noqa: PLC0415  # only in the function's image
    from diffusers import FluxPipeline  # noqa: PLC0415

    return FluxPipeline.from_pretrained(FLUX, torch_dtype=torch.bfloat16).to("cuda")


@cache
def _sdxl() -> Any:
    import torch  # noqa: PLC0415
    from diffusers import StableDiffusionXLPipeline  # noqa: PLC0415

    pipeline = StableDiffusionXLPipeline.from_pretrained(
        SDXL, torch_dtype=torch.float16, variant="fp16", use_safetensors=True
    )
    return pipeline.to("cuda")


def _drawn(pipeline: Any, order: dict[str, Any], **options: Any) -> str:
    """One after the other, so that a picture depends on its own seed and not on its neighbours."""
    import torch  # noqa: PLC0415

    pictures = []
    for seed in range(order["seed"], order["seed"] + order["count"]):
        # Made on the CPU: a GPU's numbers differ between its kinds.
        generator = torch.Generator("cpu").manual_seed(seed)
        drawn = pipeline(
            prompt=order["prompt"],
            width=order["width"],
            height=order["height"],
            generator=generator,
            **options,
        ).images[0]
        file = io.BytesIO()
        drawn.save(file, "WEBP", quality=95)
        pictures.append({"seed": seed, "data": base64.b64encode(file.getvalue()).decode()})
    return json.dumps({"pictures": pictures})
