"""Text normalised for speech."""

import pytest

from mp4totext.providers.voice.spelling import spelled_out, spoken_words


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("It is 9:30.", "It is nine thirty."),
        ("At 9:05 a.m.", "At nine oh five A M"),
        ("At 7 pm sharp", "At seven P M sharp"),
        ("At 17:45", "At seventeen forty-five"),
        ("open Mon. to Sat. from 9 am", "open Monday to Saturday from nine A M"),
        ("at data.example.net/reports now", "at data dot example dot net slash reports now"),
        ("the PIN is 4820", "the PIN is four eight two zero"),
        ("the pin is 4820", "the pin is four eight two zero"),
        ("the ZIP code 78704", "the ZIP code seven eight seven zero four"),
        ("in code 2020 was hard", "in code twenty twenty was hard"),
        ("At 10:00 or 14:00", "At ten o'clock or fourteen hundred hours"),
        ("In 1825, in 1900, in 2005 and 2026", "In eighteen twenty-five, in nineteen hundred, "
         "in two thousand five and twenty twenty-six"),
        ("in the 1990s", "in the nineteen nineties"),
        ("on March 3", "on March third"),
        ("on 22 November", "on the twenty-second of November"),
        ("on 2026-11-28", "on November twenty-eighth, twenty twenty-six"),
        ("the 22nd", "the twenty-second"),
        ("$1,250.50", "one thousand two hundred fifty dollars and fifty cents"),
        ("$1", "one dollar"),
        ("$3.5 million", "three point five million dollars"),
        ("£2.01 and €5", "two pounds and one penny and five euros"),
        ("12%", "twelve percent"),
        ("3.14", "three point one four"),
        ("3.5 GB", "three point five gigabytes"),
        ("90 km/h", "ninety kilometers per hour"),
        ("-5 °C and −6 °C", "minus five degrees Celsius and minus six degrees Celsius"),
        ("10-20 people", "ten to twenty people"),
        ("1,024", "one thousand twenty-four"),
        ("Call 555-0147", "Call five five five, zero one four seven"),
        ("Dr. Smith and Mrs. O'Neill", "Doctor Smith and Missus O'Neill"),
        ("221B Baker St. in London", "two twenty-one B Baker Street in London"),
        ("105 Main Street", "one oh five Main Street"),
        ("St. Paul", "Saint Paul"),
        ("No. 7", "number seven"),
        ("e.g. this", "for example this"),
        ("mp4 and B2B", "M P four and B two B"),
        ("Łódź, São Paulo", "Lodz, Sao Paulo"),
        ("jane.doe@example.com", "jane dot doe at example dot com"),
        ("https://www.example.org/docs", "W W W dot example dot org slash docs"),
        ("salt & pepper", "salt and pepper"),
        ("“Well” — he said…", "Well, he said..."),
        ("NASA and the BBC", "NASA and the B B C"),
        ("a PDF from the U.S. Senate", "a P D F from the U S Senate"),
        ("1/2 cup, 2 3/4 cups, 2½ cups", "one half cup, two and three quarters cups, "
         "two and one half cups"),
        ("on 9/11, 24/7, 3/4/2024", "on nine eleven, twenty-four seven, "
         "three four twenty twenty-four"),
        ("Chapter IV of Elizabeth II", "Chapter four of Elizabeth the second"),
        ("in chapter IV of volume X", "in chapter four of volume ten"),
        ("World War I, Part X, Plan V", "World War one, Part ten, Plan V"),
        ("WWII and I", "World War two and I"),
        ("1 km and 1.5 km, 1 ft, 1%", "one kilometer and one point five kilometers, one foot, "
         "one percent"),
        ("5 mi, see p. 7 and pp. 8-9", "five miles, see page seven and pages eight to nine"),
        ("Springfield, IL 62704, or well, OK 5", "Springfield, Illinois six two seven zero four, "
         "or well, OK five"),
        ("1600 Pennsylvania Ave. NW", "sixteen hundred Pennsylvania Avenue Northwest"),
        ("a 5 ft 11 in man", "a five foot eleven man"),
        ("on Tue., Jan. 6, or Sat. 7; in the Sun.", "on Tuesday, January sixth, or Saturday seven; "
         "in the Sun."),
        ("Sgt. Lee of Ford Corp. has a Ph.D. from MIT", "Sergeant Lee of Ford Corporation has a "
         "P H D from M I T"),
        ("info@bbc.co.uk", "info at B B C dot co dot U K"),
        ("+1 (212) 555-0198", "plus one, two one two, five five five, zero one nine eight"),
        ("version 2.0.1", "version two point zero point one"),
        ("in 1066, in 1024 cases", "in ten sixty-six, in one thousand twenty-four cases"),
        ("Flight UA 1582 at 20:17 UTC", "Flight U A fifteen eighty-two at twenty seventeen U T C"),
        ("ID A7-392", "I D A-seven, three hundred ninety-two"),
        ("Dial 911 or 1-800-555-0199", "Dial nine one one or one, eight zero zero, five five five, "
         "zero one nine nine"),
        ("+44 20 7946 0958", "plus four four, two zero, seven nine four six, zero nine five eight"),
        ("1/2 tsp, 2 tbsp", "one half teaspoon, two tablespoons"),
        ("Mon. to Sat., Tue-Fri", "Monday to Saturday, Tuesday to Fri"),
        ("Q4 of FY2023", "Q four of F Y twenty twenty-three"),
        ("v2.0", "version two point zero"),
        ("$5M, $3.2bn, €4k, 2M users", "five million dollars, three point two billion dollars, "
         "four thousand euros, two million users"),
        ("¥500, 5 € and 3.50€/month", "five hundred yen, five euros and three euros and fifty "
         "cents per month"),
        ("no. 10 Downing St.", "number ten Downing Street"),
        ("the '90s, the 80s, for 60s", "the nineties, the eighties, for sixty seconds"),
        ("9am-5pm, 17:00-18:30", "nine A M to five P M, seventeen hundred hours to eighteen "
         "thirty"),
        ("5 Jan 2024, Nov 3", "the fifth of January twenty twenty-four, November third"),
        ("3×5 cm, 2 m², 51°N, 4:1, c. 1900, .5", "three by five centimeters, two square "
         "meters, fifty-one degrees North, four to one, circa nineteen hundred, zero point five"),
        ("CEOs of NGOs", "C E O's of N G O's"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_text_is_spelled_out(written: str, spoken: str) -> None:
    assert spelled_out(written) == spoken


def test_what_is_spelled_out_stays_as_it_is() -> None:
    once = spelled_out("On March 3, 1825, at 9:30 a.m., 12% of $1,250 went to Łódź.")
    assert spelled_out(once) == once


def test_no_digit_and_no_foreign_letter_is_left() -> None:
    words = spelled_out("7 of 9: 00:00, 0, 007, 1e5, ½, 日本, 12:99, 99.99.99, #5, $, %")
    assert words.isascii()
    assert not any(character.isdigit() for character in words)


@pytest.mark.parametrize(
    ("one", "other"),
    [("12%", "twelve percent"), ("MP4", "M P 4"), ("$12.50", "twelve dollars and fifty cents")],
)
def test_the_same_words_are_compared_the_same(one: str, other: str) -> None:
    assert spoken_words(one) == spoken_words(other)
