"""The language of a text: that of the recording, or the one in the options."""

import json
from pathlib import Path

import pytest

from mp4totext.settings import Settings
from tests.conformance.text_apis import ModelAnswer, ModelRequest
from tests.support.text_vendors import BY_NAME, compliant_model, lines_of, schema_of, vendor_server
from tests.support.transcript_builders import transcript
from tests.texts.conftest import Service, service_of

SPOKEN = {
    "ar": ("Arabic", "اليوم نتحدث عن الخبز وكيف نخبزه في البيت ونرسل الوصفة إلى مريم غدا."),
    "he": ("Hebrew", "היום נדבר על לחם ואיך אופים אותו בבית ונשלח את המתכון למרים מחר."),
    "fa": ("Persian", "امروز درباره نان و پختن آن در خانه حرف می‌زنیم و دستور را می‌فرستیم."),
    "zh": ("Chinese", "今天我们讨论面包以及如何在家里烤面包，明天我会把食谱寄给玛丽亚。"),
    "ja": ("Japanese", "今日はパンと家での焼き方について話します。明日マリアにレシピを送ります。"),
    "ko": ("Korean", "오늘은 빵과 집에서 굽는 방법에 대해 이야기하고 내일 요리법을 보냅니다."),
    "th": ("Thai", "วันนี้เราจะพูดถึงขนมปังและวิธีอบที่บ้าน พรุ่งนี้จะส่งสูตรให้มาเรีย"),
    "hi": ("Hindi", "आज हम रोटी और उसे घर पर पकाने के बारे में बात करेंगे और विधि भेजेंगे।"),
    "ru": ("Russian", "Сегодня мы говорим о хлебе и о том, как его пекут дома, а рецепт пришлём."),
    "tr": (
        "Turkish",
        "Bugün ekmekten ve evde nasıl pişirildiğinden konuşuyoruz, tarif yarın gelir.",
    ),
}
KINDS = ("summary", "clean", "action_items", "custom")


def test_prompts_name_the_language_of_the_recording(
    settings: Settings, empty_database: Path
) -> None:
    vendor = BY_NAME["openai"]
    with vendor_server(vendor, compliant_model) as (server, api):
        service = service_of(vendor.settings(settings, server), empty_database)
        for tag, (name, sentence) in SPOKEN.items():
            recording = service.record(transcript(*[sentence] * 12, language=tag))
            for kind in KINDS:
                api.requests.clear()
                accepted = write(service, recording, kind)
                assert_language(api.requests, name)
                assert sentence in api.requests[0].user
                text = service.text(accepted)
                assert (text["status"], text["language"]) == ("succeeded", tag), (tag, kind)
                if kind == "clean":
                    assert sentence.upper() in text["body"]
        service.runtime.close()


@pytest.mark.parametrize(("tag", "name"), [("de", "German"), ("pt-BR", "Portuguese (pt-BR)")])
def test_prompts_name_the_language_the_user_chose(
    settings: Settings, empty_database: Path, tag: str, name: str
) -> None:
    vendor = BY_NAME["gemini"]
    with vendor_server(vendor, compliant_model) as (server, api):
        service = service_of(vendor.settings(settings, server), empty_database)
        recording = service.record()
        for kind, options in (
            ("summary", {"language": tag}),
            ("translate", {"target": tag}),
        ):
            api.requests.clear()
            accepted = service.request(
                recording, kind, provider=vendor.name, model=vendor.model, options=options
            )
            service.work()
            assert_language(api.requests, name)
            assert service.text(accepted)["language"] == tag
        service.runtime.close()


def test_a_translation_to_chinese_is_in_the_script_that_was_asked_for(
    settings: Settings, empty_database: Path
) -> None:
    def simplified(request: ModelRequest) -> ModelAnswer:
        return ModelAnswer("\n".join(f"[{key}] 头发发现" for key, _ in lines_of(request)))

    vendor = BY_NAME["openai"]
    with vendor_server(vendor, simplified) as (server, _):
        service = service_of(vendor.settings(settings, server), empty_database)
        accepted = service.request(
            service.record(),
            "translate",
            provider=vendor.name,
            model=vendor.model,
            options={"target": "zh-Hant"},
        )
        service.work()
        assert {line["text"] for line in service.text(accepted)["data"]["lines"]} == {"頭髮發現"}
        service.runtime.close()


def test_texts_about_a_chinese_recording_are_in_the_script_that_was_asked_for(
    settings: Settings, empty_database: Path
) -> None:
    def simplified(request: ModelRequest) -> ModelAnswer:
        if schema_of(request) is None:
            return ModelAnswer("他们说「明天我会把食谱寄给玛丽亚」 [s1]。")
        entry = {"phrase": "面包", "said": "我们讨论面包", "segment_ids": ["s1"]}
        return ModelAnswer(json.dumps({"key_phrases": [entry]}, ensure_ascii=False))

    vendor = BY_NAME["openai"]
    with vendor_server(vendor, simplified) as (server, _):
        service = service_of(vendor.settings(settings, server), empty_database)
        recording = service.record(transcript(*[SPOKEN["zh"][1]] * 12, language="zh-Hans"))
        options = {"language": "zh-TW"}
        bodies = {}
        for kind, provider in (("summary", "local"), ("summary", "openai"), ("key_phrases", None)):
            accepted = service.request(recording, kind, provider=provider, options=options)
            service.work()
            text = service.text(accepted)
            assert (text["language"], text["warnings"]) == ("zh-TW", [])
            bodies[kind, provider] = text["body"]
        service.runtime.close()
    assert "今天我們討論麵包以及如何在家裡烤麵包" in bodies["summary", "local"]
    assert bodies["summary", "openai"] == "他們說「明天我會把食譜寄給瑪麗亞」 [s1]。"
    assert "麵包" in bodies["key_phrases", None]


def write(service: Service, recording: str, kind: str) -> dict[str, object]:
    vendor = BY_NAME["openai"]
    accepted = service.request(recording, kind, provider=vendor.name, model=vendor.model)
    service.work()
    return accepted


def assert_language(requests: list[ModelRequest], name: str) -> None:
    assert requests
    assert all(f"Write in {name}, whatever" in request.system for request in requests)
