"""Patterns of commitments, requests and deadlines in languages other than English.

No library has them, so each language has a row of expressions. They were written from grammars and
not measured on meetings. The tests have sentences of each language, half of them without an action.
"""

import re
from typing import NamedTuple

# `\b` does not know the vowel signs of Indic scripts, so borders are spaces and marks.
_START = r"(?<![^\s\"'“„«»¿¡(،])"
_END = r"(?=$|[\s.,:;!?…\"'”“»)،؛؟।۔])"
_SOME = r"\s[^.!?]{0,80}?"  # a few words between two parts of a form


class ActionForms(NamedTuple):
    commits: re.Pattern[str]  # the speaker will do it
    asks: re.Pattern[str]  # a request, or a common plan
    idle: re.Pattern[str]  # the same forms without an action in them: "let's see"
    due: re.Pattern[str]


def _spaced(*, commits: str, asks: str, idle: str, due: str) -> ActionForms:
    """Compile the forms of a language with spaces between words."""

    def whole(pattern: str) -> re.Pattern[str]:
        return re.compile(f"{_START}(?:{pattern}){_END}", re.IGNORECASE)

    return ActionForms(commits=whole(commits), asks=whole(asks), idle=whole(idle), due=whole(due))


def _unspaced(*, commits: str, asks: str, idle: str, due: str) -> ActionForms:
    """Compile the forms of a language without spaces, or whose verbs express them by endings."""
    return ActionForms(
        commits=re.compile(commits), asks=re.compile(asks), idle=re.compile(idle),
        due=re.compile(due),
    )  # fmt: skip


FORMS: dict[str, ActionForms] = {
    "de": _spaced(
        commits=r"ich (?:werde|kümmere mich|übernehme|erledige|schicke|sende|melde mich|muss noch)"
        r"|(?:werde|kümmere|übernehme|erledige|schicke|sende|melde) ich(?: mich)?",
        asks=r"(?:kannst|könntest|würdest) du|(?:können|könnten|würden) sie|(?:könnt|könntet) ihr"
        r"|bitte \w+|wir (?:müssen|sollten|werden)|(?:müssen|sollten) wir|lass(?:t)? uns"
        r"|(?:du|ihr) (?:musst|müsst|sollst)|vergiss nicht|vergesst nicht"
        r"|denk(?:t)? (?:bitte )?daran"
        r"|nächste[rn]? schritte?|to-?do|aufgabe ist",
        idle=r"(?:werde ich|ich werde)\s[^.!?]{0,40}?(?:nie|niemals|alt|sehen|verrückt)"
        r"|lass(?:t)? uns (?:mal )?(?:sehen|schauen|ehrlich)|wir (?:werden|müssen)\s(?:sehen"
        r"|ehrlich)"
        r"|(?:kannst|könntest) du dir vorstellen|hätte\w*|wäre\w*|bitte (?:schön|sehr)",
        due=r"(?:(?:bis|vor|am|spätestens)\s(?:zum\s|zur\s)?)?(?:(?:nächsten?\s)?(?:montag"
        r"|dienstag"
        r"|mittwoch|donnerstag|freitag|samstag|sonntag)|ende der woche|ende des monats|wochenende"
        r"|heute|morgen|übermorgen|nächste[rn]?\s(?:woche|monat)|diese[rn]?\s(?:woche|monat))",
    ),
    "fr": _spaced(
        commits=r"je (?:vais|m['’]en occupe|m['’]occupe|me charge|dois|t['’]envoie|vous envoie"
        r"|\w+erai|ferai|prendrai|écrirai)|je (?:te|vous|le|la|les|lui|leur)\s\w+(?:erai|irai)"
        r"|j['’](?:enverrai|appellerai|irai|écrirai|organiserai)",
        asks=r"(?:peux|pourrais)[- ]tu|tu peux|(?:pouvez|pourriez)[- ]vous|vous pouvez"
        r"|s['’]il (?:te|vous) plaît|(?:il faut|il faudrait|on doit|nous devons|on devrait)"
        r"|nous devrions|n['’]oublie[zs]?(?: pas)?|pense[zs]? à|assure(?:-toi|z-vous)"
        r"|prochaines? étapes?|veuillez",
        idle=r"je (?:vais|dois)\s(?:être|dire|avouer|voir|bien)|il faut (?:être|dire|voir|avouer)"
        r"|(?:on|nous) (?:doit|devons|va|allons) (?:être|voir)|tu peux (?:croire|imaginer)"
        r"|je n['’]\w+erai jamais|je (?:ne )?\w+erai jamais|aurais?|aurait|serait",
        due=r"(?:(?:avant|pour|d['’]ici|au plus tard)\s(?:le\s|la\s)?)?(?:(?:lundi|mardi|mercredi"
        r"|jeudi|vendredi|samedi|dimanche)(?:\sprochain)?|(?:la\s)?fin (?:de la semaine|du mois)"
        r"|aujourd['’]hui|demain|après-demain|la semaine prochaine|le mois prochain|ce soir)",
    ),
    "es": _spaced(
        commits=r"(?:yo )?voy a|me (?:encargo|ocupo)|(?:te|os|le|les|lo|la) (?:mando|envío|aviso"
        r"|llamo)|(?:yo )?(?:te |os |le |les |lo |la |se lo )?\w{2,}(?:aré|eré|iré)|tengo que",
        asks=r"(?:puedes|podrías|podéis|pueden|podrían)|puede usted|podría usted|por favor"
        r"|tenemos que|hay que|debemos|deberíamos|necesitamos|vamos a|hagamos"
        r"|no (?:te |se |os )?olvid(?:es|e|éis|en)|asegúrate|asegúrense|recuerda(?:d)?"
        r"|próximos? pasos?",
        idle=r"(?:voy a|vamos a|hay que|tengo que|tenemos que|debemos) (?:ser|ver|decir|estar"
        r"|admitir)"
        r"|(?:puedes|pueden) (?:creer|imaginar)\w*|nunca \w+ré|nunca (?:lo |la )?\w+ré"
        r"|habría\w*|hubiera\w*",
        due=r"(?:(?:antes del?|para|hasta|a más tardar)\s(?:el\s|la\s)?)?(?:(?:el\s"
        r"|este\s)?(?:lunes"
        r"|martes|miércoles|jueves|viernes|sábado|domingo)|fin(?:ales)? de (?:semana|mes)|hoy"
        r"|mañana"
        r"|pasado mañana|(?:la\s)?(?:próxima semana|semana que viene)|el (?:próximo mes"
        r"|mes que viene))",
    ),
    "pt": _spaced(
        commits=r"(?:eu )?vou|fico de|eu (?:cuido|me encarrego)|(?:eu )?\w{2,}(?:arei|erei|irei)"
        r"|(?:eu )?(?:te|lhe|vos) (?:mando|envio)|tenho (?:de|que)"
        r"|eu (?:mando|envio|ligo|faço|trago|preparo|verifico|marco|aviso|resolvo|assumo)",
        asks=r"(?:você )?(?:pode|poderia|consegue)s?|por favor|temos (?:de|que)|precisamos"
        r"|devemos|deveríamos|vamos|não (?:te |se )?esqueç(?:a|as|am)|lembre(?:-se|m-se)"
        r"|próximos? passos?",
        idle=r"(?:vou|vamos|temos (?:de|que)|tenho (?:de|que)|precisamos) (?:ser|ver|dizer|estar"
        r"|admitir)"
        r"|(?:pode|consegue)s? (?:acreditar|imaginar)|nunca (?:vou|\w+rei)|nunca me \w+rei"
        r"|pode (?:ser|chover)|teria|seria",
        due=r"(?:(?:até|antes d[aoe]|para)\s(?:a\s|o\s|à\s|ao\s)?)?(?:(?:segunda|terça|quarta"
        r"|quinta"
        r"|sexta)(?:-feira)?|sábado|domingo|(?:o\s)?(?:fim|final) (?:da semana|do mês)|hoje|amanhã"
        r"|depois de amanhã|(?:na\s)?(?:próxima semana|semana que vem)|no próximo mês)",
    ),
    "it": _spaced(
        commits=r"(?:io )?(?:vi |ti |le |gli |lo |la )?\w{2,}(?:erò|irò)|(?:io )?(?:farò|darò"
        r"|dirò)"
        r"|me ne occupo(?: io)?|ci penso io|devo (?:ancora )?\w+|(?:ti|vi|le) (?:mando|invio)",
        asks=r"(?:puoi|potresti|può|potrebbe|potete|potreste)|per favore|per piacere|dobbiamo"
        r"|dovremmo|bisogna|facciamo|non dimentica(?:re|rti|te)|ricorda(?:ti|tevi)|assicurati"
        r"|prossimi passi|prossimo passo",
        idle=r"(?:devo|dobbiamo|bisogna) (?:essere|dire|ammettere|vedere)|vedrò|vedremo"
        r"|(?:puoi|potete) (?:crederci|immaginare)|non \w+rò mai|mi ricorderò|può (?:essere|darsi)"
        r"|avrei|avrebbe|sarebbe",
        due=r"(?:(?:entro|prima di|per|non oltre)\s(?:il\s|la\s)?)?(?:(?:lunedì|martedì|mercoledì"
        r"|giovedì|venerdì|sabato|domenica)(?:\sprossimo)?|(?:la\s)?fine (?:della settimana"
        r"|del mese)"
        r"|oggi|domani|dopodomani|(?:la\s)?(?:prossima settimana|settimana prossima)"
        r"|il (?:prossimo mese|mese prossimo))",
    ),
    "nl": _spaced(
        commits=r"ik (?:zal|ga|moet nog|neem|regel|stuur|mail|bel|maak|schrijf|controleer|bespreek"
        r"|boek|zoek|vraag|plan|zorg|kom)|(?:zal|stuur|mail|bel|regel|maak|zoek|vraag) ik",
        asks=r"(?:kun|kan|wil|zou) (?:je|jij|u)|(?:kunnen|willen|zouden) jullie|alsjeblieft"
        r"|alstublieft|graag \w+en|(?:we|wij) (?:moeten|gaan|zullen)|(?:moeten|zullen) (?:we|wij)"
        r"|laten we|(?:je|jij|jullie|u) (?:moet|moeten)|vergeet niet|denk(?:en)? (?:er)?aan"
        r"|volgende stap(?:pen)?|actiepunt",
        idle=r"ik (?:zal|ga)\s[^.!?]{0,40}?(?:nooit|altijd|zien|missen)|laten we (?:eens )?(?:zien"
        r"|kijken|eerlijk)|(?:we|wij) (?:moeten|zullen) (?:zien|eerlijk)|we zullen zien"
        r"|(?:kun|kan) (?:je|u) je voorstellen|zou(?:den)? (?:hebben|zijn)",
        due=r"(?:(?:voor|vóór|tot|op|uiterlijk)\s)?(?:(?:volgende\s|aanstaande\s)?(?:maandag|dinsdag"
        r"|woensdag|donderdag|vrijdag|zaterdag|zondag)|(?:het\s)?(?:einde? van de (?:week|maand)"
        r"|weekend)|vandaag|morgen|overmorgen|volgende (?:week|maand)|deze (?:week|maand))",
    ),
    "pl": _spaced(
        commits=r"(?:ja )?(?:wyślę|prześlę|zrobię|przygotuję|napiszę|zadzwonię|sprawdzę|zamówię"
        r"|zorganizuję|dowiem się|zajmę się|wezmę|przekażę|zarezerwuję|umówię|naprawię|poprawię"
        r"|dostarczę|przyniosę|ustalę|dopilnuję|skontaktuję się|załatwię|podpiszę)"
        r"|biorę to na siebie"
        r"|muszę (?:jeszcze )?\w+ć",
        asks=r"(?:czy )?(?:możesz|możecie|mógłbyś|mogłabyś|moglibyście|może pan|może pani)\s\w+"
        r"|proszę|(?:musimy|powinniśmy|powinnyśmy|trzeba|należy)\s\w+|(?:musisz|musicie)\s\w+"
        r"|nie zapomnij(?:cie)?|pamiętaj(?:cie)?|upewnij(?:cie)? się|następn[ye] krok[i]?",
        idle=r"(?:możesz|możecie) (?:sobie )?(?:wyobrazić|uwierzyć)|(?:musimy|trzeba|muszę)"
        r" (?:przyznać|powiedzieć|zobaczyć|być)|proszę (?:bardzo|państwa)|nigdy nie|zobaczymy"
        r"|\w+(?:łby|łaby|liby)m?",
        due=r"(?:(?:do|przed|na|w|we|najpóźniej)\s)?(?:poniedział(?:ek|ku)|wtor(?:ek|ku)|środ[ęy]"
        r"|czwart(?:ek|ku)|piąt(?:ek|ku)|sobot[ęy]|niedziel[ęi]|końca (?:tygodnia|miesiąca)"
        r"|dzisiaj|dziś|jutro|jutra|pojutrze|(?:przyszłego|następnego) (?:tygodnia|miesiąca)"
        r"|(?:przyszłym|następnym) (?:tygodniu|miesiącu))",
    ),
    "uk": _spaced(
        commits=r"я (?:\w+\s){0,2}(?:надішлю|відправлю|зроблю|підготую|напишу|зателефоную|подзвоню"
        r"|перевірю|замовлю|організую|дізнаюся|візьму|передам|забронюю|складу|домовлюся|виправлю"
        r"|займуся)|беру (?:це )?на себе|я (?:\w+\s)?(?:повинен|повинна|маю) \w+",
        asks=r"(?:можеш|можете|міг би|могла б|могли б)\s(?:ти|ви)?\s?\w+|будь ласка"
        r"|(?:нам|вам|тобі) (?:потрібно|треба|слід|необхідно)|потрібно|треба"
        r"|ми (?:повинні|маємо|мусимо)"
        r"|давай(?:те)? \w+|не забудь(?:те)?|переконай(?:ся|теся)|наступн(?:ий|і) крок[и]?",
        idle=r"давай(?:те)? (?:подивимо?ся|чесно|подумаємо)"
        r"|(?:треба|потрібно) (?:сказати|визнати|бути)"
        r"|(?:можеш|можете) (?:собі )?(?:уявити|повірити)|не (?:треба|потрібно)|ніколи не"
        r"|б(?:и)? був|була б|було б",
        due=r"(?:(?:до|у|в|на|не пізніше)\s)?(?:понеділ(?:ок|ка)|вівтор(?:ок|ка)|серед[уиа]"
        r"|четвер(?:га)?|п['’]ятниц[іюя]|субот[уиа]|неділ[юія]|кінця (?:тижня|місяця)|сьогодні"
        r"|завтра|післязавтра|наступного (?:тижня|місяця)|наступному (?:тижні|місяці))",
    ),
    "sw": _spaced(  # verbs carry person and tense before the stem: ni-ta-tuma, tu-na-paswa
        commits=r"(?:mimi )?nita\w{3,}|(?:mimi )?(?:ninapaswa|nahitaji|ninahitaji|lazima ni)\w*",
        asks=r"tafadhali|(?:je )?(?:unaweza|mnaweza|ungeweza|mngeweza) \w+"
        r"|(?:tunapaswa|tunahitaji|tunatakiwa|inabidi tu|unapaswa|mnapaswa)\w*|lazima (?:tu|u|m)\w+"
        r"|(?:usi|msi)sahau|kumbuka(?:ni)? ku\w+|hakikisha(?:ni)?"
        r"|hatua inayofuata",
        idle=r"(?:nita|tuta)(?:kumbuka|kuwa|ona|penda)\w*|sita\w+|unaweza (?:kuamini|kufikiria)"
        r"|tunapaswa kuwa|ninge\w+|tunge\w+",
        due=r"(?:(?:kabla ya|ifikapo|hadi|mpaka|siku ya)\s)?(?:jumatatu|jumanne|jumatano|alhamisi"
        r"|ijumaa|jumamosi|jumapili|mwisho wa (?:wiki|mwezi)|leo|kesho|keshokutwa"
        r"|wiki (?:ijayo|hii)|mwezi (?:ujao|huu))",
    ),
    "ru": _spaced(
        commits=r"я (?:\w+\s){0,2}(?:отправлю|пришлю|сделаю|подготовлю|напишу|позвоню|проверю"
        r"|закажу"
        r"|организую|узнаю|займусь|возьму|передам|забронирую|составлю|договорюсь|исправлю)"
        r"|беру (?:это )?на себя|я (?:\w+\s){0,1}должн[а]? \w+",
        asks=r"(?:можешь|можете|могли бы|мог бы|могла бы)\s(?:ты|вы)?\s?\w+|пожалуйста"
        r"|(?:нам|надо|вам|тебе) (?:нужно|надо|необходимо|следует)|нужно|надо|мы должны"
        r"|давай(?:те)? \w+|не забудь(?:те)?|убедись|убедитесь|следующи[ей] шаг[и]?",
        idle=r"давай(?:те)? (?:посмотрим|подумаем|честно|будем)|(?:надо|нужно) (?:сказать|признать"
        r"|быть)"
        r"|(?:можешь|можете) (?:себе )?(?:представить|поверить)|не надо|не нужно|бы был[аои]?",
        due=r"(?:(?:до|к|не позднее|в|во)\s)?(?:понедельник[ау]?|вторник[ау]?|сред[ыеу]"
        r"|четверг[ау]?"
        r"|пятниц[ыеу]|суббот[ыеу]|воскресень[яею]|конц[ау] (?:недели|месяца)|сегодня|завтра"
        r"|послезавтра|(?:на\s)?следующ(?:ей|ую) недел[еюи]|следующем месяце)",
    ),
    "tr": _spaced(
        commits=r"\w{2,}(?:eceğim|acağım|iyorum hemen)|ben (?:hallederim|ilgilenirim|yaparım)"
        r"|\w+ (?:ederim|yollarım|gönderirim|ararım)",
        asks=r"lütfen|\w+(?:ebilir|abilir) mi(?:sin|siniz|yiz)|\w+(?:meliyiz|malıyız|melisin"
        r"|malısın"
        r"|melisiniz|malısınız)|\w+(?:memiz|mamız) (?:gerekiyor|gerek|lazım)|\w+(?:elim|alım)"
        r"|unutma(?:yın)?|sonraki adım(?:lar)?",
        idle=r"(?:bakalım|görelim|diyelim|olalım)|\w*asla\s[^.!?]{0,40}?\w+(?:eceğim|acağım)"
        r"|inanabiliyor musun|unutmayacağım|diyeceğim|dürüst olmalıyız",
        due=r"(?:pazartesi|salı|çarşamba|perşembe|cuma|cumartesi|pazar|bugün|yarın|öbür gün"
        r"|(?:gelecek|önümüzdeki|bu|haftaya) (?:hafta|ay|pazartesi|salı|çarşamba|perşembe|cuma)"
        r"|hafta sonu|ay sonu)(?:n?[ae]|ya|ye)?(?:\s(?:kadar|günü|gününe kadar))?",
    ),
    "id": _spaced(
        commits=r"(?:saya|aku) (?:akan|harus|bisa|perlu)|(?:nanti |besok )?(?:saya|aku) (?:kirim"
        r"|siapkan|hubungi|telepon|cek|buat|urus)\w*|biar (?:saya|aku)",
        asks=r"tolong|mohon|silakan|(?:bisa|bisakah|dapatkah) (?:kamu|anda|kalian)"
        r"|(?:kamu|anda|kalian) (?:bisa|harus|perlu)|kita (?:harus|perlu|sebaiknya)"
        r"|mari(?:lah)? kita"
        r"|ayo kita|jangan lupa|pastikan|langkah (?:berikutnya|selanjutnya)",
        idle=r"(?:saya|aku) akan (?:selalu|jujur)|(?:saya|aku) tidak akan|mari kita lihat"
        r"|kita harus jujur|bisa(?:kah)? (?:kamu|anda) (?:bayangkan|percaya)|(?:saya|aku) bisa"
        r" (?:membayangkan|bayangkan)",
        due=r"(?:(?:sebelum|paling lambat|sampai|pada)\s)?(?:(?:hari\s)?(?:senin|selasa|rabu|kamis"
        r"|jumat|sabtu|minggu)(?:\s(?:depan|ini))?|akhir (?:minggu|pekan|bulan)|hari ini|besok"
        r"|lusa"
        r"|minggu depan|bulan depan)",
    ),
    "vi": _spaced(
        commits=r"(?:tôi|mình|em|anh|chị) (?:sẽ|phải|cần)|để (?:tôi|mình|em|anh|chị)",
        asks=r"vui lòng|làm ơn|xin hãy|hãy|(?:bạn|anh|chị|em|các bạn) có thể"
        r"|(?:chúng ta|chúng tôi|mình|ta) (?:cần|phải|nên)|đừng quên|nhớ|bước tiếp theo|nhờ (?:bạn"
        r"|anh|chị|em)",
        idle=r"(?:tôi|mình|em|anh|chị) sẽ (?:không bao giờ|không)|hãy (?:xem nào|thành thật"
        r"|tưởng tượng)"
        r"|(?:bạn|anh|chị) có thể (?:tin|tưởng tượng)|(?:tôi|mình) (?:vẫn )?nhớ"
        r"|chúng ta phải thành thật",
        due=r"(?:(?:trước|vào|đến|muộn nhất là)\s)?(?:thứ (?:hai|ba|tư|năm|sáu|bảy)(?:\stuần sau)?"
        r"|chủ nhật|cuối (?:tuần|tháng)|hôm nay|ngày mai|ngày kia|tuần (?:sau|tới)|tháng (?:sau"
        r"|tới))",
    ),
    "ar": _spaced(
        commits=r"و?سأ(?!ل(?:ت|نا|ني|ه|ها|وا|هم)?(?:$|\s))\w+|سوف أ\w+|سنقوم|علي أن|عليّ أن",
        asks=r"من فضلك(?:م)?|رجاءً?|الرجاء|أرجو|هل (?:يمكنك|يمكنكم|تستطيع|بإمكانك)(?:\sأن)?"
        r"|(?:يجب|علينا|ينبغي|نحتاج)(?: إلى)? أن|يجب علينا|دعونا|دعنا|لا تنس(?:وا|ى)?|تأكد(?:وا"
        r"|ي)? من"
        r"|الخطوة التالية",
        idle=r"سأكون (?:صريح|صادق)\w*|لن أنسى|(?:يجب|علينا) أن ن?كون|دعونا نرى|دعنا نرى"
        r"|هل (?:يمكنك|تستطيع) أن ت(?:صدق|تخيل)",
        due=r"(?:(?:بحلول|قبل|حتى|في)\s)?(?:(?:نهاية\s)?(?:يوم\s)?(?:الاثنين|الإثنين|الثلاثاء"
        r"|الأربعاء"
        r"|الخميس|الجمعة|السبت|الأحد)|اليوم|غدا|غداً|غدًا|بعد غد|نهاية (?:الأسبوع|الشهر)"
        r"|(?:الأسبوع|الشهر) (?:القادم|المقبل))",
    ),
    "hi": _spaced(
        commits=rf"मैं{_SOME}\S+?(?:ूंगा|ूँगा|ूंगी|ूँगी|ऊंगा|ऊँगा|ऊंगी|ऊँगी)|मुझे{_SOME}(?:ना|नी"
        rf"|ने) (?:होगा|है)",
        asks=rf"कृपया|क्या (?:आप|तुम){_SOME}(?:सकते|सकती) (?:हैं|हो)"
        rf"|(?:हमें|आपको|तुम्हें){_SOME}\S*(?:ना|नी|ने) (?:होगा|होगी|है|चाहिए|पड़ेगा|पड़ेगी)"
        r"|(?:मत )?भूलना(?: मत)?|मत भूलिए(?:गा)?|याद (?:रखना|रखिए|रखें)|\S{1,20} (?:दीजिए|कीजिए"
        r"|दीजिएगा|कीजिएगा)",
        idle=r"कभी नहीं\s\S+|ईमानदार होना|(?:सोच|कल्पना) (?:सकते|कर सकते) हैं",
        due=r"(?:आज|कल|परसों|सोमवार|मंगलवार|बुधवार|गुरुवार|शुक्रवार|शनिवार|रविवार"
        r"|अगले (?:हफ्ते|हफ़्ते|सप्ताह|महीने)|इस (?:हफ्ते|हफ़्ते|सप्ताह|महीने)"
        r"|(?:हफ्ते|हफ़्ते|सप्ताह|महीने) के अंत)(?:\s(?:तक|को|से पहले))?",
    ),
    "ur": _spaced(
        commits=rf"میں{_SOME}\S*(?:وں|ؤں) (?:گا|گی)|مجھے{_SOME}نا (?:ہوگا|ہے)",
        asks=rf"براہ کرم|براہِ کرم|برائے مہربانی|کیا آپ{_SOME}(?:سکتے|سکتی) ہیں"
        rf"|(?:ہمیں|آپ کو){_SOME}\S*(?:نا|نی|نے) (?:ہوگا|ہوگی|ہو گا|ہو گی|ہے|چاہیے|پڑے گا)"
        r"|مت بھول(?:نا|یے|یں)|یاد رکھ(?:نا|یے|یں)",
        idle=r"کبھی نہیں\s\S+|ایماندار ہونا",
        due=r"(?:آج|کل|پرسوں|پیر|منگل|بدھ|جمعرات|جمعہ|جمعے|ہفتہ|اتوار|اگلے (?:ہفتے|مہینے)"
        r"|اس (?:ہفتے|مہینے)|(?:ہفتے|مہینے) کے آخر)(?:\s(?:تک|کو|سے پہلے))?",
    ),
    "bn": _spaced(
        commits=rf"আমি{_SOME}(?:কর|পাঠা|পাঠিয়ে দে|দে|লিখ|জানা|আন|নে|রাখ|দেখ|বলে দে)(?:ব|বো)"
        rf"|আমাকে{_SOME}তে হবে",
        asks=rf"দয়া করে|অনুগ্রহ করে|(?:আপনি|তুমি) কি{_SOME}(?:পারেন|পারবেন|পারো|পারবে)"
        rf"|(?:আমাদের|আপনাকে|তোমাকে){_SOME}\S*তে হবে|(?:আমাদের){_SOME}উচিত|ভুলবেন না|ভুলো না"
        rf"|মনে রাখ(?:বেন|বে|ুন)",
        idle=r"কখনো\s[^.!?]{0,40}?না|কখনোই\s[^.!?]{0,40}?না|সৎ হতে হবে",
        due=r"(?:(?:আজ|কাল|আগামীকাল|পরশু|সোমবার|মঙ্গলবার|বুধবার|বৃহস্পতিবার|শুক্রবার|শনিবার"
        r"|রবিবার)(?:ের|ে)?"
        r"|আগামী (?:সপ্তাহে|সপ্তাহের|মাসে|মাসের)|(?:সপ্তাহের|মাসের) শেষে(?:র)?)(?:\s(?:মধ্যে|আগে"
        r"|পর্যন্ত))?",
    ),
    "mr": _spaced(
        commits=rf"मी{_SOME}\S*(?:ेन|ईन)|मला{_SOME}\S*(?:वे|वी|वा) (?:लागेल|लागेल)",
        asks=rf"कृपया|(?:तुम्ही|तू|आपण){_SOME}\S*(?:शकता|शकतोस|शकतेस|शकाल|शकशील) का"
        rf"|(?:आपल्याला|तुम्हाला){_SOME}\S*(?:वे|वी|वा|ावं) (?:लागेल|लागतील)|विसरू नका|विसरू नकोस"
        rf"|लक्षात ठेव(?:ा)?",
        idle=r"कधीच\s[^.!?]{0,40}?नाही|प्रामाणिक",
        due=r"(?:आज|उद्या|परवा|(?:सोमवार|मंगळवार|बुधवार|गुरुवार|शुक्रवार|शनिवार|रविवार)(?:ी"
        r"|पर्यंत)?"
        r"|पुढच्या (?:आठवड्यात|महिन्यात)|(?:आठवड्याच्या|महिन्याच्या) शेवटी)(?:\s(?:पर्यंत|आधी))?",
    ),
    "te": _spaced(
        commits=rf"నేను{_SOME}\S+(?:తాను|ేస్తాను|ిస్తాను)|నేను{_SOME}\S*(?:ాలి)",
        asks=rf"దయచేసి|(?:మీరు|నువ్వు){_SOME}\S*(?:గలరా|గలవా|ండి)|(?:మనం|మేము){_SOME}\S+ాలి"
        r"|మర్చిపోకండి|మర్చిపోకు|గుర్తుంచుకో(?:ండి)?",
        idle=r"ఎప్పటికీ\s[^.!?]{0,40}?\S+ను|నిజాయితీగా ఉండాలి",
        due=r"(?:ఈ రోజు|ఈరోజు|రేపు|ఎల్లుండి|(?:సోమవారం|మంగళవారం|బుధవారం|గురువారం|శుక్రవారం|శనివారం"
        r"|ఆదివారం)"
        r"|వచ్చే (?:వారం|నెల)|(?:వారం|నెల) చివరి)(?:\s?(?:లోపు|నాటికి|లోగా))?",
    ),
    "ta": _spaced(
        commits=rf"நான்{_SOME}\S+(?:வேன்|ப்பேன்|பேன்|கிறேன்)",
        asks=rf"தயவு செய்து|தயவுசெய்து|(?:நீங்கள்|நீ){_SOME}\S*(?:முடியுமா|வீர்களா|வாயா)"
        rf"|(?:நாம்|நாங்கள்){_SOME}\S*(?:வேண்டும்)|மறக்காதீர்கள்|மறக்காதே|மறக்க வேண்டாம்"
        rf"|நினைவில் கொள்ளுங்கள்",
        idle=r"(?:ஒருபோதும்|எப்போதும்)\s[^.!?]{0,40}?\S+ன்|நேர்மையாக இருக்க வேண்டும்|நம்புகிறேன்"
        r"|நினைக்கிறேன்",
        due=r"(?:இன்று|நாளை|நாளை மறுநாள்|(?:திங்கட்கிழமை|செவ்வாய்க்கிழமை|புதன்கிழமை|வியாழக்கிழமை"
        r"|வெள்ளிக்கிழமை"
        r"|சனிக்கிழமை|ஞாயிற்றுக்கிழமை)(?:க்குள்)?|அடுத்த (?:வாரம்|மாதம்)|(?:வார"
        r"|மாத) இறுதி(?:க்குள்)?)(?:\s(?:வரை|முன்))?",
    ),
    "zh": _unspaced(  # in simplified characters: texts in traditional ones are converted
        commits=r"我(?:会|来|要|将|去|明天|今天|下周|稍后|待会)(?!说|是|不|好像|爱)|我负责|交给我",
        asks=r"请(?!问|教)|麻烦|(?:你|您|你们)(?:能不能|能|可以|可不可以|可否)"
        r"|我们(?:需要|要|必须|应该|得)|别忘|不要忘|记得|下一步|待办",
        idle=r"我(?:会)?(?:永远|一直|从来)|我会想|(?:能|可以)(?:相信|想象|想像)|我还?记得"
        r"|坦白|诚实|看看吧",
        due=r"(?:在)?(?:今天|明天|后天|(?:下|这|本)?(?:周|星期|礼拜)[一二三四五六日天]"
        r"|(?:下|这|本)(?:周|星期|个月|月)|(?:周|月)末|月底)(?:之?前|以前|晚上|早上|上午|下午)?",
    ),
    "ja": _unspaced(
        commits=r"(?:私|僕|俺|こちら)(?:が|は|で).{0,40}?(?:ます|ておく|ておきます|るよ)(?!か|が)"
        r"|(?:して|って|いて|んで|って)おきます"
        r"|(?:送り|連絡し|準備し|確認し|手配し|対応し|作成し|予約し|調べ|電話し|担当し)ます(?!か)"
        r"|担当します",
        asks=r"(?:して|って|いて|んで|べて|けて|せて|めて|て)(?:ください|下さい|もらえますか"
        r"|いただけますか|くれますか|くれる\?|ほしい)"
        r"|お願い(?:し|いたし|します)|(?:し|き|り|み|ち|び|べ|け|い|え)ましょう|(?:し|ら|か|さ|べ"
        r"|け)?なければ(?:なりません|ならない|いけない|いけません)"
        r"|(?:する|く|る|す)必要があります|忘れないで|次のステップ",
        idle=r"(?:見て|考えて)みましょう|思います|信じられますか|忘れません|正直に",
        due=r"(?:今日|明日|あした|明後日|あさって|(?:来週|今週|次)?の?(?:月|火|水|木|金|土"
        r"|日)曜日?|来週|今週(?:末|中)?|来月|今月(?:末|中)?|月末|週末)"
        r"(?:までに|まで|中に|の(?:朝|夜|午前|午後))?",
    ),
    "ko": _unspaced(
        commits=r"(?:제가|내가|저는|나는)[^.!?]{0,60}?(?:겠습니다|ㄹ게요|게요|게|예정입니다"
        r"|거예요)|(?:할|보낼|드릴|준비할|확인할|연락할|예약할|알아볼|올릴)게요?"
        r"|(?:하|보내|드리|준비하|확인하|연락하|예약하|처리하)겠습니다",
        asks=r"[가-힣]\s?(?:주세요|주실"
        r"|주시겠|줘|주십시오|줄래)|부탁(?:드립니다|드려요|합니다|해요)"
        r"|(?:하|내|리|기|지|드)?(?:셔야|어야|아야|해야|여야)\s?(?:합니다|해요|돼요|됩니다"
        r"|겠습니다)|(?:합시다|읍시다|ㅂ시다|갑시다|잡읍시다|하죠|해봅시다)|잊지\s?마|다음 단계",
        idle=r"(?:보겠습니다|지켜봅시다|두고 봅시다)|솔직해야|믿을 수 있|잊지 않겠|상상",
        due=r"(?:오늘|내일|모레|(?:(?:다음|이번) 주 ?)?(?:월|화|수|목|금|토|일)요일|다음 주|다음주"
        r"|이번 주|이번주|다음 달|이번 달|주말|월말)(?:\s?(?:까지|전까지|안에|에))?",
    ),
}  # fmt: skip
"""By primary subtag: with English the 20 languages with most speakers, and four more of Europe."""
