"""Image providers, local ones first."""

from mp4totext.providers import registry
from mp4totext.providers.image.base import ImageCapabilities, ImageModel, ImageModelFacts
from mp4totext.providers.image.image_quirks import ImageQuirks
from mp4totext.providers.registry import Entry, Table
from mp4totext.settings import Settings

_FULL_HD = 1920 * 1080
_MEGAPIXEL = 1 << 20

IMAGE: Table[ImageCapabilities] = {
    "local": Entry(
        title="Cards and frames, on this machine",
        factory="mp4totext.providers.image.local:LocalImages",
        capabilities=ImageCapabilities(
            models={
                "card": ImageModelFacts(
                    price="local",
                    max_pixels=_FULL_HD,
                    seeds="exact",
                    typeset=True,
                    step=2,
                ),
                "frame": ImageModelFacts(price="frame", max_pixels=_FULL_HD, from_recording=True),
            },
            local=True,
        ),
    ),
    # No seeds. Sides are multiples of 16; 1536 x 864 is 16:9 without cropping.
    "openai": Entry(
        title="OpenAI",
        factory="mp4totext.providers.image.images_api:ImagesApi",
        capabilities=ImageCapabilities(
            models={
                name: ImageModelFacts(price="gpt-image", max_pixels=1536 * 1024, per_call=4)
                for name in ("gpt-image-2.6-flare", "gpt-image-2.6-sunburst")
            },
            at_once=3,  # new accounts may make five pictures a minute
        ),
        quirks=ImageQuirks(fields={"quality": "medium", "output_format": "png"}),
        modules=("openai",),
        install=("mp4totext[openai]",),
        key="OPENAI_API_KEY",
        base_url="OPENAI_BASE_URL",
    ),
    "gemini": Entry(
        title="Google Gemini",
        vendor="Gemini",
        factory="mp4totext.providers.image.gemini:GeminiImages",
        capabilities=ImageCapabilities(
            models={
                "gemini-nano-banana-2.1": ImageModelFacts(
                    price="nano-banana", max_pixels=_MEGAPIXEL
                )
            },
            at_once=4,
        ),
        key="GEMINI_API_KEY",
        base_url="GEMINI_BASE_URL",
    ),
    "replicate": Entry(
        title="Replicate",
        factory="mp4totext.providers.image.replicate:ReplicateImages",
        capabilities=ImageCapabilities(
            models={
                "black-forest-labs/flux-schnell": ImageModelFacts(
                    price="flux-schnell", max_pixels=_MEGAPIXEL, seeds="best_effort", step=32
                ),
                "black-forest-labs/flux-dev": ImageModelFacts(
                    price="flux-dev", max_pixels=_MEGAPIXEL, seeds="best_effort", step=32
                ),
            },
            at_once=8,  # 600 predictions a minute may be started
        ),
        key="REPLICATE_API_TOKEN",
        base_url="REPLICATE_BASE_URL",
    ),
    "together": Entry(
        title="Together AI",
        factory="mp4totext.providers.image.images_api:ImagesApi",
        capabilities=ImageCapabilities(
            models={
                "black-forest-labs/FLUX.1.1-pro": ImageModelFacts(
                    price="flux-pro", max_pixels=_MEGAPIXEL, seeds="best_effort", step=32
                )
            },
            at_once=4,
        ),
        quirks=ImageQuirks(sides=True, fields={"response_format": "base64"}),
        modules=("openai",),
        install=("mp4totext[together]",),
        key="TOGETHER_API_KEY",
        base_url="TOGETHER_BASE_URL",
    ),
    "modal": Entry(
        title="FLUX and SDXL on GPUs at Modal",
        vendor="Modal",
        factory="mp4totext.providers.image.modal:build",
        capabilities=ImageCapabilities(
            models={
                "flux-schnell": ImageModelFacts(  # no guidance and no negative prompt
                    price="flux", max_pixels=_MEGAPIXEL, seeds="best_effort", per_call=4
                ),
                "sdxl": ImageModelFacts(
                    price="sdxl",
                    max_pixels=_MEGAPIXEL,
                    seeds="best_effort",
                    negative=True,
                    per_call=4,
                    step=64,
                ),
            },
            at_once=4,  # each call uses its own GPU
        ),
        modules=("modal",),
        install=("mp4totext[modal]",),
        key="MODAL_TOKEN_SECRET",
        needs=("MODAL_TOKEN_ID", "MODAL_TOKEN_SECRET"),
        options={
            "token_id": "MODAL_TOKEN_ID",
            "app": "MODAL_APP_NAME",
            "environment": "MODAL_ENVIRONMENT",
        },
    ),
    "openai-compatible": Entry(
        title="Your own server with OpenAI's picture route",
        vendor="The OpenAI-compatible server",
        factory="mp4totext.providers.image.images_api:ImagesApi",
        capabilities=ImageCapabilities(
            models={},
            unlisted=ImageModelFacts(price="compatible", max_pixels=_MEGAPIXEL),
        ),
        quirks=ImageQuirks(fields={"response_format": "b64_json"}),
        modules=("openai",),
        install=("mp4totext[openai]",),
        key="OPENAI_COMPATIBLE_API_KEY",
        base_url="OPENAI_COMPATIBLE_BASE_URL",
        needs=("OPENAI_COMPATIBLE_BASE_URL",),
    ),
}


def image_model(name: str, settings: Settings) -> ImageModel:
    """The provider, created once. Raises ProviderMisconfigured with what is missing."""
    model: ImageModel = registry.build(IMAGE, name, settings)
    return model
