"""The estimate of tokens, compared with counts of real tokenizers."""

import pytest

from mp4totext.writing.tokens import approximate_tokens
from tests.texts.test_languages import SPOKEN

# The highest count of gpt-4o, gpt-oss, Gemini, Llama 3.1, DeepSeek V3 and Qwen 3.
TOKENS = {
    "ar": 28,
    "he": 58,
    "fa": 40,
    "zh": 29,
    "ja": 26,
    "ko": 28,
    "th": 41,
    "hi": 63,
    "ru": 29,
    "tr": 33,
}

# Article 1 of the Universal Declaration of Human Rights, or its beginning.
OTHERS = (
    ("el", 46, "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην"),
    ("ka", 100, "ყველა ადამიანი იბადება თავისუფალი და თანასწორი თავისი"),
    ("hy", 71, "Բոլոր մարդիկ ծնվում են ազատ ու հավասար իրենց"),
    ("am", 146, "የሰው ልጅ ሁሉ ሲወለድ ነጻና በክብርና በመብትም እኩልነት ያለው ነው። የተፈጥሮ ማስተዋልና ሕሊና"),
    ("bn", 65, "সমস্ত মানুষ স্বাধীনভাবে সমান মর্যাদা এবং অধিকার নিয়ে"),
    ("ta", 73, "மனிதப் பிறிவியினர் சகலரும் சுதந்திரமாகவே பிறக்கின்றனர்;"),
    ("te", 92, "ప్రతిపత్తిస్వత్వముల విషయమున మానవులెల్లరును జన్మతః"),
    ("my", 107, "လူတိုင်းသည် တူညီ လွတ်လပ်သော ဂုဏ်သိက္ခာဖြင့် လည်းကောင်း၊"),
    ("km", 65, "មនុស្សទាំងអស់ កើតមកមានសេរីភាព និងសមភាព"),
    ("lo", 67, "ມະນຸດທຸກຄົນເກີດມາມີກຽດສັກສີ, ສິດທິ,"),
    ("ml", 80, "മനുഷ്യരെല്ലാവരും തുല്യാവകാശങ്ങളോടും അന്തസ്സോടും"),
    ("si", 89, "සියලු මනුෂ්‍යයෝ නිදහස්ව උපත ලබා ඇත. ගරුත්වයෙන් හා"),
    ("bo", 123, "འགྲོ་བ་མིའི་རིགས་རྒྱུད་ཡོངས་ལ་སྐྱེས་ཙམ་ཉིད་ནས་ཆེ་མཐོངས་དང༌།"),
    ("vi", 22, "Tất cả mọi người sinh ra đều được tự do và bình đẳng về nhân"),
    ("fi", 21, "Kaikki ihmiset syntyvät vapaina ja tasavertaisina arvoltaan"),
    ("hu", 24, "Minden emberi lény szabadon születik és egyenlő méltósága és"),
    ("pl", 21, "Wszyscy ludzie rodzą się wolni i równi pod względem swej"),
    ("cs", 26, "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti"),
    ("yo", 39, "Gbogbo ènìyàn ni a bí ní òmìnira; iyì àti ẹ̀tọ́ kọ̀ọ̀kan sì"),
    ("is", 25, "Hver maður er borinn frjáls og jafn öðrum að virðingu og"),
    ("kk", 34, "Барлық адамдар тумысынан азат және қадір-қасиеті мен"),
    ("mn", 50, "Хүн бүр төрж мэндлэхдээ эрх чөлөөтэй, адилхан нэр төртэй,"),
    ("ur", 31, "تمام انسان آزاد اور حقوق و عزت کے اعتبار سے برابر پیدا ہوئے"),
    ("gu", 102, "પ્રતિષ્ઠા અને અધિકારોની દૃષ્ટિએ સર્વ માનવો જન્મથી સ્વતંત્ર"),
    ("pa", 95, "ਸਾਰਾ ਮਨੁੱਖੀ ਪਰਿਵਾਰ ਆਪਣੀ ਮਹਿਮਾ, ਸ਼ਾਨ ਅਤੇ ਹੱਕਾਂ ਦੇ ਪੱਖੋਂ ਜਨਮ"),
    (
        "ko",
        27,
        "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다.",
    ),
    (
        "numbers",
        65,
        "The code is 7319, 48210 and 99182734 at 12:45:10 on 2024-03-18, phone +49 170 5551234.",
    ),
    ("emoji", 17, "👍🏽 ok 😀 🎉 🇩🇪"),
)
LINES, LINES_COUNTED = (
    "".join(f"[s{n} 0:15:{n % 60:02} Speaker 1] Yes, I think so.\n" for n in range(900, 960)),
    1440,
)


@pytest.mark.parametrize(
    ("tokens", "text"),
    [
        *((tokens, SPOKEN[language][1]) for language, tokens in TOKENS.items()),
        *((tokens, text) for _, tokens, text in OTHERS),
        (LINES_COUNTED, LINES),
    ],
    ids=[*TOKENS, *(name for name, *_ in OTHERS), "lines"],
)
def test_the_estimate_is_never_below_the_tokenizers_counts(tokens: int, text: str) -> None:
    assert tokens <= approximate_tokens(text) <= 3 * tokens


def test_the_estimate_of_two_lines_is_at_most_the_sum_of_both() -> None:
    first, second = "So it was.\n", "今天天气\n"
    together = approximate_tokens(first + second)
    assert together <= approximate_tokens(first) + approximate_tokens(second)
