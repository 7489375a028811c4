"""File names in forms, as different clients encode them."""

import pytest

from mp4totext.kit.form_names import header_text, part_filename

NAME = "Gespräch.wav"


@pytest.mark.parametrize(
    ("parameters", "plain", "name"),
    [
        (f'filename="{NAME}"', NAME, NAME),  # browsers, curl
        (
            "filename=\"=?utf-8?B?R2VzcHLDpGNoLndhdg==?=\"; filename*=utf-8''Gespr%C3%A4ch.wav",
            "=?utf-8?B?R2VzcHLDpGNoLndhdg==?=",
            NAME,
        ),  # .NET
        ('filename="=?utf-8?B?R2VzcHLDpGNoLndhdg==?="', "=?utf-8?B?R2VzcHLDpGNoLndhdg==?=", NAME),
        ('filename="=?iso-8859-1?Q?Gespr=E4ch.wav?="', "=?iso-8859-1?Q?Gespr=E4ch.wav?=", NAME),
        ('filename="x"', "=?utf-8?B?R2VzcHI=?= =?utf-8?B?w6RjaC53YXY=?=", NAME),  # two words
        ("filename*=utf-8''Gespr%C3%A4ch.wav", "x.wav", NAME),  # urllib3 of old
        ("FILENAME*=UTF-8'de'Gespr%C3%A4ch.wav", "x.wav", NAME),
        ("filename*=iso-8859-1''Gespr%E4ch.wav", "x.wav", NAME),
        ("filename*=\"utf-8''Gespr%C3%A4ch.wav\"", "x.wav", NAME),
        ("filename*0*=utf-8''Gespr%C3; filename*1*=%A4ch; filename*2=\".wav\"", "x.wav", NAME),
        ('filename*0="talk "; filename*1="of May.mp4"', "x", "talk of May.mp4"),
        ("filename*0=talk; filename*2=lost", "x", "talk"),
        ("filename*=utf-8''", "talk.wav", "talk.wav"),
        ("", "Gespr%C3%A4ch%20%231.wav", "Gespräch #1.wav"),  # web views of apps
        ("", "konu&#351;ma &#128512;.wav", "konuşma 😀.wav"),  # browsers, pages in Latin-1
    ],
)
def test_every_way_of_writing_gives_the_name(parameters: str, plain: str, name: str) -> None:
    assert part_filename(f'form-data; name="file"; {parameters}', plain) == name


@pytest.mark.parametrize(
    ("parameters", "plain"),
    [
        ("filename*=klingon''x.wav", "talk.wav"),
        ("filename*=utf-8''%ff%fe", "talk.wav"),
        ("filename*1*=utf-8''x.wav", "talk.wav"),
        ("", "=?klingon?B?R2Vz?="),
        ("", "=?utf-8?B?R?="),
        ("", "=?what?="),
        ("", ""),
        ("", "filename*=utf-8''x.wav"),
        ("filename=\"a; filename*=utf-8''x.wav\"", "a; filename*=utf-8''x.wav"),
        ("", "100%25 true.wav"),
        ("", "50% von Gespr%C3%A4ch.wav"),
        ("", "50%C3.wav"),
        ("", "Gespräch %C3%A4.wav"),
        ("", "R&#038;D &amp; &#xe4; &#55296; &#9999999;.wav"),
    ],
)
def test_what_cannot_be_decoded_stays(parameters: str, plain: str) -> None:
    assert part_filename(f'form-data; name="file"; {parameters}', plain) == plain


def test_a_part_without_a_name_is_no_file() -> None:
    assert part_filename('form-data; name="options"', None) is None
    assert part_filename("form-data; name=file; filename*=utf-8''x.wav", None) == "x.wav"


@pytest.mark.parametrize("charset", ["utf-8", "cp1252"])
def test_headers_of_today_and_of_old(charset: str) -> None:
    assert header_text(NAME.encode(charset).decode("latin-1")) == NAME
