"""A tiny openai-whisper checkpoint that says one sentence, made from nothing but a seed."""

from pathlib import Path

import torch
from whisper.model import ModelDimensions, Whisper
from whisper.tokenizer import Tokenizer, get_tokenizer

SAYS = " Nobody heard 42 of them."
WIDTH = 32
_FIRST_TEXT = 3  # the place whose output is the first text: after start, language and task


def make_checkpoint(file: Path, *, language: str = "en", english: bool = False) -> Path:
    torch.manual_seed(0)
    dimensions = ModelDimensions(
        n_mels=80,
        n_audio_ctx=1_500,
        n_audio_state=WIDTH,
        n_audio_head=2,
        n_audio_layer=1,
        n_vocab=51_864 if english else 51_865,
        n_text_ctx=448,
        n_text_state=WIDTH,
        n_text_head=2,
        n_text_layer=1,
    )
    model = Whisper(dimensions)
    tokenizer = get_tokenizer(not english, num_languages=model.num_languages)
    _speak(model, tokenizer, language, english=english)
    file.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"dims": vars(dimensions), "model_state_dict": model.half().state_dict()}, file)
    return file


def _speak(model: Whisper, tokenizer: Tokenizer, language: str, *, english: bool) -> None:
    """Places lead to tokens: what comes out at a place is the token its position points at."""
    text = tokenizer.encode(SAYS)
    first = 1 if english else _FIRST_TEXT
    wanted = {first + n: token for n, token in enumerate(text)}
    wanted |= dict.fromkeys(range(first + len(text), 448), tokenizer.eot)
    if not english:
        wanted[0] = tokenizer.to_language_token(language)
    embedding = torch.zeros_like(model.decoder.token_embedding.weight)
    for token in set(wanted.values()):
        embedding[token] = torch.nn.functional.normalize(torch.randn(WIDTH), dim=0) * 4
    places = torch.randn(448, WIDTH) * 0.2
    for place, token in wanted.items():
        places[place] = 8 * embedding[token]
    with torch.no_grad():
        model.decoder.token_embedding.weight.copy_(embedding)
        model.decoder.positional_embedding.copy_(places)
