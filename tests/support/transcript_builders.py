"""Makes transcripts from texts, optionally with word times."""

from collections.abc import Sequence

from mp4totext.transcript import Segment, Speaker, Transcript, Word

MS_A_WORD = 400


def transcript(
    *texts: str,
    language: str | None = "en",
    speakers: Sequence[str | None] | None = None,
    gap_ms: int = 200,
    words: bool = False,
) -> Transcript:
    segments: list[Segment] = []
    at = 0
    for number, text in enumerate(texts, 1):
        spoken = tuple(
            Word(text=word, start_ms=at + n * MS_A_WORD, end_ms=at + (n + 1) * MS_A_WORD - 50)
            for n, word in enumerate(text.split())
        )
        end = at + max(MS_A_WORD, MS_A_WORD * len(spoken), len(text) * 60)
        segments.append(
            Segment(
                id=f"s{number}",
                start_ms=at,
                end_ms=end,
                text=text,
                words=spoken if words else (),
                speaker=speakers[number - 1] if speakers else None,
            )
        )
        at = end + gap_ms
    named = [Speaker(id=one) for one in dict.fromkeys(speakers or ()) if one is not None]
    return Transcript(
        duration_ms=at, language=language, segments=tuple(segments), speakers=tuple(named)
    )


TOPICS = {
    "bread": (
        "Today we bake a loaf of bread from flour, water, salt and yeast. "
        "First weigh the flour and mix it with lukewarm water in a large bowl. "
        "Crumble the yeast into the water and let it stand until it foams. "
        "Now add the salt and knead the dough for ten minutes on a floured board. "
        "The dough is ready when it is smooth and comes away from the bowl. "
        "Cover the bowl with a towel and let the dough rise for an hour. "
        "Heat the oven with a tray of water inside, because steam gives the crust its shine. "
        "Shape the loaf, cut the top with a sharp knife and slide it into the oven. "
        "Bake the bread for forty minutes until the crust is dark and the loaf sounds hollow. "
        "Let the loaf cool on a rack, because warm bread cannot be sliced."
    ),
    "orbits": (
        "A satellite stays in orbit because it falls around the planet instead of onto it. "
        "Close to the planet gravity is strong, so the satellite has to move fast. "
        "Far away a slower orbit is enough, and one turn around the planet takes longer. "
        "At thirty six thousand kilometres a satellite turns once a day above the equator. "
        "Television satellites use that orbit because they seem to stand still in the sky. "
        "The space station flies much lower and circles the planet every ninety minutes. "
        "Thin air at that height slows the station, so its engines have to lift the orbit again. "
        "To change an orbit a rocket burns fuel at the lowest or the highest point. "
        "A spacecraft to the moon stretches its orbit until gravity of the moon catches it. "
        "Astronauts feel weightless, though gravity in orbit is almost as strong as on the ground."
    ),
    "court": (
        "The court heard the case of a tenant who had not paid rent for half a year. "
        "Her lawyer said that the heating had failed and the landlord had ignored every letter. "
        "The landlord answered that the lease gave the tenant no right to keep the rent. "
        "The judge asked for the letters and read three of them aloud in court. "
        "A plumber gave evidence that the boiler had been broken since November. "
        "Under the law a tenant may reduce the rent while a flat cannot be lived in. "
        "The lawyer of the landlord objected that the tenant had never moved out. "
        "The judge found that the lease was valid, but that the landlord had broken it first. "
        "The tenant has to pay a third of the rent, and the landlord the costs of the court. "
        "Both lawyers said that they would think about an appeal."
    ),
    "birds": (
        "Every autumn the storks gather in the meadows before they fly south. "
        "The young birds leave first and find the way without their parents. "
        "Storks glide on warm air, so they avoid the sea, where no warm air rises. "
        "That is why one flock crosses at Gibraltar and another at the Bosphorus. "
        "Ringing birds began a century ago and showed where the flocks spend the winter. "
        "Small transmitters now tell us every hour where a stork is and how high it flies. "
        "Some storks no longer migrate, because they find food on rubbish tips in winter. "
        "A nest weighs up to half a ton, and the birds come back to it each spring. "
        "The chicks hatch in May and need frogs, mice and beetles all day long. "
        "In dry years many chicks starve in the nest, and the flock grows smaller."
    ),
}
"""Four talks of a minute and a half, written for these tests."""


def talk(*names: str) -> tuple[Transcript, list[int]]:
    """A transcript of several talks, one sentence per segment, and the starts of later talks."""
    texts = [[f"{one.strip(' .')}." for one in TOPICS[name].split(". ")] for name in names]
    made = transcript(*(sentence for text in texts for sentence in text))
    borders, index = [], 0
    for text in texts[:-1]:
        index += len(text)
        borders.append(made.segments[index].start_ms)
    return made, borders
