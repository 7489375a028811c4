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
        ("Mon. to Sat., Tue-Fri", "Monday to Saturday, Tuesday to Friday"),
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
        ("Ms. Lee, Ms Cho, Mx. Day", "Miz Lee, Miz Cho, Mix Day"),
        ("Messrs. Hall, Mme. Curie, Profs. Kim and Ray", "Messers Hall, Madame Curie, "
         "Professors Kim and Ray"),
        ("Sen. Cruz, Rep. Omar, Adm. Byrd, Cpl. Jones", "Senator Cruz, Representative Omar, "
         "Admiral Byrd, Corporal Jones"),
        ("in the gen. pop., a col. of text, 5 rep. sets", "in the gen. pop., a col. of text, "
         "five rep. sets"),
        ("an MBA and an M.D.", "an M B A and an M D"),
        ("on Elm St. It is quiet", "on Elm Street. It is quiet"),
        ("St. James St., St. Louis, Main St. is", "Saint James Street, Saint Louis, "
         "Main Street is"),
        ("12 Oak Dr. in Austin, on King Dr. today, Dr. Fox", "twelve Oak Drive in Austin, "
         "on King Drive today, Doctor Fox"),
        ("Apt. 4, Ste. 200, Rm. 12, Ft. Worth", "Apartment four, Suite two hundred, "
         "Room twelve, Fort Worth"),
        ("Nos. 3 and 4, No.5, \u2116 6", "numbers three and four, number five, number six"),
        ("Smith v. Jones, cats vs dogs", "Smith versus Jones, cats versus dogs"),
        ("E.g. this, i.e. that. I.e. both", "For example this, that is that. That is both"),
        ("w/o salt, w/ tea, aka Bo, cf. Lee et al.", "without salt, with tea, also known as Bo, "
         "compare Lee and others"),
        ("min. 5, max. 10, avg. 3, ext. 12", "minimum five, maximum ten, average three, "
         "extension twelve"),
        ("at 10.30 am, 12.30pm, 17h30", "at ten thirty A M, twelve thirty P M, seventeen thirty"),
        ("10 a.m.\u2013noon, noon-1pm", "ten A M to noon, noon to one P M"),
        ("a run of 2h 30m, 1:30:05", "a run of two hours thirty minutes, one hour, "
         "thirty minutes and five seconds"),
        ("300 BC, AD 79, A.D. 1066, 500 CE", "three hundred B C, A D seventy-nine, "
         "A D ten sixty-six, five hundred C E"),
        ("1914\u201318, 2003/04, 1908-09", "nineteen fourteen to eighteen, two thousand three "
         "to oh four, nineteen oh eight to oh nine"),
        ("in the 1800s, mid-1990s", "in the eighteen hundreds, mid-nineteen nineties"),
        ("the XIX century, the XXth century", "the nineteenth century, the twentieth century"),
        ("$0.99, 20\u00a2, 50p, $5-10 million", "ninety-nine cents, twenty cents, fifty pence, "
         "five to ten million dollars"),
        ("$10\u2013$20, \u00a33-4", "ten to twenty dollars, three to four pounds"),
        ("USD 50, 15 EUR, CHF 100, GBP 1", "fifty U S dollars, fifteen euros, "
         "one hundred Swiss francs, one British pound"),
        ("A$20, US$5 million, C$1", "twenty Australian dollars, five million U S dollars, "
         "one Canadian dollar"),
        ("\u20a95,000, \u20ba40, \u20aa30, 5 z\u0142", "five thousand won, forty lira, "
         "thirty shekels, five zloty"),
        ("230 V, 100 W, 5 mA, 3 dB, 1 L", "two hundred thirty volts, one hundred watts, "
         "five milliamps, three decibels, one liter"),
        ("10 \u00b5m, 5 nm, 500 mL, 2 ha, 30 psi", "ten micrometers, five nanometers, "
         "five hundred milliliters, two hectares, thirty P S I"),
        ("30 mpg, 60 rpm, 24 fps, 1 Gbps", "thirty miles per gallon, sixty revolutions per "
         "minute, twenty-four frames per second, one gigabit per second"),
        ("3 m/s, 9.8 m/s\u00b2, 5 km\u00b2, 10 sq ft", "three meters per second, nine point eight "
         "meters per second squared, five square kilometers, ten square feet"),
        ("2 yd, 3 gal, 2 wks, 1 yr", "two yards, three gallons, two weeks, one year"),
        ("5 kg. of rice, 90 min. later", "five kilograms of rice, ninety minutes later"),
        ("10\u2076, 5\u00b2, 2^10", "ten to the power of six, five squared, "
         "two to the power of ten"),
        ("6 \u00f7 2, \u2265 5, \u00b1 3, ~20, \u03c0", "six divided by two, at least five, "
         "plus or minus three, about twenty, pi"),
        ("10/10, 4.5/5, 1/100, 3/16", "ten out of ten, four point five out of five, "
         "one hundredth, three sixteenths"),
        ("25.12.2024, 12/25/2024, 25/12/2024", "the twenty-fifth of December, twenty twenty-four, "
         "December twenty-fifth, twenty twenty-four, the twenty-fifth of December, "
         "twenty twenty-four"),
        ("Mar. 3, Apr. 4, Sep. 7", "March third, April fourth, September seventh"),
        ("agent 007, order 00417", "agent zero zero seven, order zero zero four one seven"),
        ("+49 30 901820, (020) 7946 0958", "plus four nine, three zero, nine zero one eight two "
         "zero, zero two zero, seven nine four six, zero nine five eight"),
        ("+442079460958, 212.555.0198", "plus four four two zero seven nine four six zero nine "
         "five eight, two one two, five five five, zero one nine eight"),
        ("1-800-FLOWERS, 4111 1111 1111 1111", "one, eight hundred, FLOWERS, four one one one, "
         "one one one one, one one one one, one one one one"),
        ("1 000 000, 10 000 people, 50/50", "one million, ten thousand people, fifty fifty"),
        ("$2.50-$3.00, 1066 AD, x\u00b2", "two dollars and fifty cents to three dollars, "
         "ten sixty-six A D, x squared"),
        ("192.168.0.1", "one hundred ninety-two dot one hundred sixty-eight dot zero dot one"),
        ("GitHub.com, example.ai, bbc.co.uk", "GitHub dot com, example dot A I, "
         "B B C dot co dot U K"),
        ("http://localhost:3000/a?b=1#c", "localhost colon three zero zero zero slash a "
         "question mark b equals one hash c"),
        ("report.pdf, Node.js, C#, .NET, #news", "report dot P D F, Node dot J S, C sharp, "
         "dot net, hashtag news"),
        ("\u00a7 5, \u00a9 2024, ACME\u2122", "section five, copyright twenty twenty-four, ACME"),
        ("", ""),
    ],
)  # fmt: skip
def test_a_text_is_spelled_out(written: str, spoken: str) -> None:
    assert spelled_out(written) == spoken


def test_a_row_of_digits_of_any_length_is_read() -> None:
    for digits in ("1" * 5_000, "²" * 5_000, "$" + "1" * 5_000, "1" * 5_000 + "th"):
        assert not any(character.isdigit() for character in spelled_out(digits))
    assert spelled_out("1234567890123456789").startswith("one two three four")


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
