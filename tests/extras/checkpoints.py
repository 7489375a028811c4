"""A tiny openai-whisper checkpoint that says one sentence, made from nothing but a seed."""

from pathlib import Path

import torch
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import Tokenizer, get_tokenizer

SAYS = " Nobody heard 42 of them."
WIDTH = 32
_FIRST_TEXT = 3  # the place whose output is the first text: after start, language and task


def make_checkpoint(
    file: Path,
    *,
    language: str = "en",
    english: bool = False,
    says: str = SAYS,
    width: int = WIDTH,
    layers: int = 1,
) -> Path:
    torch.manual_seed(0)
    heads = max(2, width // 64)
    dimensions = ModelDimensions(
        n_mels=80,
        n_audio_ctx=1_500,
        n_audio_state=width,
        n_audio_head=heads,
        n_audio_layer=layers,
        n_vocab=51_864 if english else 51_865,
        n_text_ctx=448,
        n_text_state=width,
        n_text_head=heads,
        n_text_layer=layers,
    )
    model = Whisper(dimensions)
    tokenizer = get_tokenizer(not english, num_languages=model.num_languages)
    with torch.no_grad():
        _speak(model, tokenizer, language, says, english=english)
        _follow(model, [*tokenizer.sot_sequence, tokenizer.no_timestamps, *tokenizer.encode(says)])
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"dims": vars(dimensions), "model_state_dict": model.half().state_dict()}, file)
    return file


def _speak(
    model: Whisper, tokenizer: Tokenizer, language: str, says: str, *, english: bool
) -> None:
    """Places lead to tokens: what comes out at a place is the token its position points at."""
    text = tokenizer.encode(says)
    first = 1 if english else _FIRST_TEXT
    wanted = {first + n: token for n, token in enumerate(text)}
    wanted[first + len(text)] = tokenizer.timestamp_begin + 1_500  # nothing more in these 30 s
    wanted |= dict.fromkeys(range(first + len(text) + 1, 448), tokenizer.eot)
    if not english:
        wanted[0] = tokenizer.to_language_token(language)
    embedding = torch.zeros_like(model.decoder.token_embedding.weight)
    width = embedding.shape[1]
    for token in set(wanted.values()):
        embedding[token] = torch.nn.functional.normalize(torch.randn(width), dim=0) * 4
    places = torch.randn(448, width) * 0.2
    for place, token in wanted.items():
        places[place] = 8 * embedding[token]
    model.decoder.token_embedding.weight.copy_(embedding)
    model.decoder.positional_embedding.copy_(places)


def _follow(model: Whisper, tokens: list[int]) -> None:
    """Attention goes along the sound with the text, so that words have times all over it.

    What a block adds is nothing, so what its attention sees is known: places on both sides, which
    two numbers of each head turn into points of half a circle.
    """
    encoder, decoder = model.encoder, model.decoder
    for block in (*encoder.blocks, *decoder.blocks):
        adding = [
            block.attn.out,
            block.mlp[2],
            *([block.cross_attn.out] if block.cross_attn else []),
        ]
        for layer in adding:
            layer.weight.zero_()
            layer.bias.zero_()
    for convolution in (encoder.conv1, encoder.conv2):
        convolution.weight.zero_()
        convolution.bias.zero_()
    heard = encoder.ln_post(encoder.positional_embedding)
    given = (
        decoder.token_embedding(torch.tensor(tokens)) + decoder.positional_embedding[: len(tokens)]
    )
    key = torch.linalg.lstsq(heard, _half_circle(len(heard)), driver="gelsd").solution.T
    for block in decoder.blocks:
        said = block.cross_attn_ln(given)
        query = torch.linalg.lstsq(said, 400 * _half_circle(len(said)), driver="gelsd").solution.T
        block.cross_attn.query.bias.zero_()
        for layer, points in ((block.cross_attn.key, key), (block.cross_attn.query, query)):
            layer.weight.zero_()
            for head in range(model.dims.n_text_head):
                first = head * model.dims.n_text_state // model.dims.n_text_head
                layer.weight[first : first + 2] = points


def _half_circle(count: int) -> torch.Tensor:
    angles = torch.linspace(0, torch.pi, count)
    return torch.stack([angles.sin(), angles.cos()], dim=1)
