"""Converts the spellings of languages in files and requests to BCP 47, the stored form."""

import re

AUTO = "auto"  # the engine detects it

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*", re.ASCII)

# ISO 639-2 and 639-3 codes, both the bibliographic and the terminological one, of languages that
# have a code of two letters: BCP 47 takes the shorter.
_CODES = (
    "aar=aa abk=ab afr=af aka=ak alb=sq sqi=sq amh=am ara=ar arg=an arm=hy hye=hy asm=as "
    "ava=av ave=ae aym=ay aze=az bak=ba bam=bm baq=eu eus=eu bel=be ben=bn bih=bh bis=bi "
    "bod=bo tib=bo bos=bs bre=br bul=bg bur=my mya=my cat=ca cze=cs ces=cs cha=ch che=ce "
    "chi=zh zho=zh chu=cu chv=cv cor=kw cos=co cre=cr cym=cy wel=cy dan=da deu=de ger=de "
    "div=dv dut=nl nld=nl dzo=dz ell=el gre=el eng=en epo=eo est=et ewe=ee fao=fo per=fa "
    "fas=fa fij=fj fin=fi fre=fr fra=fr fry=fy ful=ff geo=ka kat=ka gla=gd gle=ga glg=gl "
    "glv=gv grn=gn guj=gu hat=ht hau=ha heb=he her=hz hin=hi hmo=ho hrv=hr hun=hu ibo=ig "
    "ice=is isl=is ido=io iii=ii iku=iu ile=ie ina=ia ind=id ipk=ik ita=it jav=jv jpn=ja "
    "kal=kl kan=kn kas=ks kau=kr kaz=kk khm=km kik=ki kin=rw kir=ky kom=kv kon=kg kor=ko "
    "kua=kj kur=ku lao=lo lat=la lav=lv lim=li lin=ln lit=lt ltz=lb lub=lu lug=lg mac=mk "
    "mkd=mk mah=mh mal=ml mao=mi mri=mi mar=mr may=ms msa=ms mlg=mg mlt=mt mon=mn nau=na "
    "nav=nv nbl=nr nde=nd ndo=ng nep=ne nno=nn nob=nb nor=no nya=ny oci=oc oji=oj ori=or "
    "orm=om oss=os pan=pa pli=pi pol=pl por=pt pus=ps que=qu roh=rm ron=ro rum=ro run=rn "
    "rus=ru sag=sg san=sa sin=si slk=sk slo=sk slv=sl sme=se smo=sm sna=sn snd=sd som=so "
    "sot=st spa=es srd=sc srp=sr ssw=ss sun=su swa=sw swe=sv tah=ty tam=ta tat=tt tel=te "
    "tgk=tg tgl=tl tha=th tir=ti ton=to tsn=tn tso=ts tuk=tk tur=tr twi=tw uig=ug ukr=uk "
    "urd=ur uzb=uz ven=ve vie=vi vol=vo wln=wa wol=wo xho=xh yid=yi yor=yo zha=za zul=zu"
)
_ENGLISH = (
    "afrikaans=af albanian=sq amharic=am arabic=ar armenian=hy assamese=as azerbaijani=az "
    "bashkir=ba basque=eu belarusian=be bengali=bn bosnian=bs breton=br bulgarian=bg "
    "burmese=my cantonese=yue castilian=es catalan=ca chinese=zh croatian=hr czech=cs "
    "danish=da dutch=nl english=en estonian=et faroese=fo filipino=fil finnish=fi flemish=nl "
    "french=fr galician=gl georgian=ka german=de greek=el gujarati=gu haitian=ht hausa=ha "
    "hawaiian=haw hebrew=he hindi=hi hungarian=hu icelandic=is indonesian=id irish=ga "
    "italian=it japanese=ja javanese=jv kannada=kn kazakh=kk khmer=km korean=ko lao=lo "
    "latin=la latvian=lv lingala=ln lithuanian=lt luxembourgish=lb macedonian=mk malagasy=mg "
    "malay=ms malayalam=ml maltese=mt mandarin=zh maori=mi marathi=mr mongolian=mn "
    "myanmar=my nepali=ne norwegian=no nynorsk=nn occitan=oc pashto=ps persian=fa polish=pl "
    "portuguese=pt punjabi=pa romanian=ro russian=ru sanskrit=sa serbian=sr shona=sn sindhi=sd "
    "sinhala=si slovak=sk slovenian=sl somali=so spanish=es sundanese=su swahili=sw swedish=sv "
    "tagalog=tl tajik=tg tamil=ta tatar=tt telugu=te thai=th tibetan=bo turkish=tr turkmen=tk "
    "ukrainian=uk urdu=ur uzbek=uz vietnamese=vi welsh=cy yiddish=yi yoruba=yo farsi=fa "
    "kurdish=ku kyrgyz=ky uyghur=ug odia=or oriya=or igbo=ig zulu=zu xhosa=xh "
    "letzeburgesch=lb moldavian=ro moldovan=ro panjabi=pa pushto=ps sinhalese=si valencian=ca"
)
# Names of two words, which are codes with a script or a region or have other names as well.
_LONG_NAMES = {
    "simplified chinese": "zh-Hans",
    "traditional chinese": "zh-Hant",
    "mandarin chinese": "zh",
    "american english": "en-US",
    "british english": "en-GB",
    "brazilian portuguese": "pt-BR",
    "haitian creole": "ht",
    "norwegian bokmål": "nb",
    "norwegian nynorsk": "nn",
    "bokmål": "nb",
    "scottish gaelic": "gd",
}
# Codes of ISO 639-3 for the usual member of a group of languages, which is written as the group:
# so do CLDR and BCP 47's own advice. Serbian and Croatian had other codes in old files.
_MEMBERS = {
    "cmn": "zh", "arb": "ar", "swh": "sw", "pes": "fa", "ekk": "et", "lvs": "lv", "als": "sq",
    "zsm": "ms", "khk": "mn", "npi": "ne", "ory": "or", "uzn": "uz", "azj": "az", "plt": "mg",
    "ydd": "yi", "gug": "gn", "scc": "sr", "scr": "hr",
}  # fmt: skip
_THREE_TO_TWO = dict(pair.split("=") for pair in _CODES.split())
_TWO_TO_THREE = {two: three for three, two in reversed(_THREE_TO_TWO.items())}
# Deprecated BCP 47 codes, which Whisper's models and old files still have.
_RETIRED = {"in": "id", "iw": "he", "ji": "yi", "jw": "jv", "mo": "ro"}
_PREFERRED = _RETIRED | _MEMBERS | _THREE_TO_TWO
_NAMES = dict(pair.split("=") for pair in _ENGLISH.split()) | _LONG_NAMES


def three_letters(tag: str | None) -> str:
    """The ISO 639-2 code of a BCP 47 tag, for media files; ``und`` if it has none."""
    code = (tag or "").partition("-")[0].lower()
    return _TWO_TO_THREE.get(code, code if len(code) == 3 else "und")


def normal(text: str) -> str | None:
    """``EN``, ``eng``, ``English``, ``en_us`` become ``en`` and ``en-US``; None if unknown.

    A well-formed tag of unknown subtags is kept: whether it is supported is the engine's decision.
    """
    text = text.strip()
    if text.lower() in _NAMES:
        return _NAMES[text.lower()]
    tag = text.replace("_", "-")
    if not _TAG.fullmatch(tag):
        return None
    primary, *subtags = tag.lower().split("-")
    if primary == "zh" and subtags and subtags[0] in ("yue", "cmn"):  # as it was written before
        primary, *subtags = subtags
    primary = _PREFERRED.get(primary, primary)
    return "-".join([primary, *map(_cased, subtags)])


def same(a: str, b: str) -> bool:
    """Whether two tags have the same language, whatever their country and spelling."""
    return _primary(a) == _primary(b)


def _primary(tag: str) -> str:
    return (normal(tag) or tag.lower()).partition("-")[0]


def _cased(subtag: str) -> str:
    """The case that BCP 47 recommends: ``Hant`` for scripts, ``TW`` for regions, else lower."""
    if len(subtag) == 4 and subtag.isalpha():
        return subtag.capitalize()
    return subtag.upper() if len(subtag) == 2 and subtag.isalpha() else subtag
