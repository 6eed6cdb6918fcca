"""A partner's channel keeps to what the partner registers."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from preview_service.channels import CHANNELS, channel
from preview_service.channels.base import Channel
from preview_service.channels.partners import NO_PARTNERS, Partners, parse
from preview_service.errors import BadRequest, BadSettings, UnknownPartner
from preview_service.model import Delivery, Image, Preview, Reason, Rendered, Status, Way
from preview_service.outcome import Outcome
from preview_service.renderer import render

FIXTURES = Path(__file__).parents[2] / "fixtures"
FILES = sorted((FIXTURES / "partners").glob("*.toml"))
CARDS = [
    msgspec.json.decode(path.read_bytes(), type=Preview)
    for path in sorted((FIXTURES / "cards").glob("*.json"))
]
INBOUND = "salesforce-inbound-interaction-api.yaml"
URL = "https://shop.example/p/42"
PICTURE = Image(
    url="https://cdn.example/42.png",
    source_url="https://cdn.example/42.png",
    width=1200,
    height=630,
    bytes=83211,
    media_type="image/png",
)
SHOE = Preview(url=URL, host="shop.example", title="Trail shoe 42", image=PICTURE)

ACME = parse((FIXTURES / "partners/acme.toml").read_bytes())
SEVERAL = parse((FIXTURES / "partners/several.toml").read_bytes())
HEAD = '[[partner]]\nname = "x"\nintegration_namespace = "ns"\nchannel_definition = "Ch"\n'
TEXT = '[[partner.formats]]\nformatType = "Text"\n'


def sent(member: Channel, preview: Preview = SHOE, way: Way = Way.AUTO) -> Rendered:
    return render(Outcome(status=Status.COMPLETE, preview=preview), URL, member, way)


def format_of(rendered: Rendered) -> str:
    return str(rendered.message["staticContent"]["formatType"])


def test_a_file_is_read_whole() -> None:
    assert ACME.names == ("acme",)
    assert SEVERAL.names == ("words", "sms-only", "pictures", "links", "contact-center")
    assert (parse(b"").names, NO_PARTNERS.names) == ((), ())


def test_a_message_within_every_restriction() -> None:
    rendered = sent(ACME.channel(channel("byoc"), "acme"))
    content = rendered.message["staticContent"]
    assert content["linkItem"]["titleItem"] == {
        "itemType": "TitleItem",
        "title": "Trail shoe 42",
        "subTitle": "shop.example",
    }
    assert content["image"]["description"] == "shop.example"
    assert (content["formatType"], rendered.delivery) == ("RichLink", Delivery.CARD)


@pytest.mark.parametrize(
    ("change", "is_rich"),
    [
        ({}, True),
        ({"media_type": "image/webp"}, True),
        ({"media_type": "image/jpeg"}, False),
        ({"media_type": None, "url": "https://cdn.example/42"}, False),
        ({"bytes": 500_000}, True),
        ({"bytes": 500_001}, False),
        ({"width": 1201}, False),
        ({"width": 400, "height": 1201}, False),
        ({"width": 1200, "height": 400}, True),
        ({"width": 1200, "height": 399}, False),
        ({"url": "https://cdn.example/" + "x" * 980}, True),
        ({"url": "https://cdn.example/" + "x" * 981}, False),
    ],
)
def test_pictures_a_partner_takes(change: dict[str, Any], is_rich: bool) -> None:
    """This one wants a picture with each rich link."""
    image = msgspec.structs.replace(PICTURE, **change)
    preview = msgspec.structs.replace(SHOE, image=image)
    rendered = sent(ACME.channel(channel("byoc"), "acme"), preview)
    assert format_of(rendered) == ("RichLink" if is_rich else "Links")


def test_a_component_is_media_where_there_can_be_no_rich_link() -> None:
    jpeg = msgspec.structs.replace(PICTURE, media_type="image/jpeg")
    preview = msgspec.structs.replace(SHOE, image=jpeg)
    acme = ACME.channel(channel("byoc"), "acme")
    assert format_of(sent(acme, preview, Way.COMPONENT)) == "Media"
    assert format_of(sent(acme, preview, Way.AUTO)) == "Links"


@pytest.mark.parametrize(
    ("name", "base", "format_type", "delivery"),
    [
        ("words", "byoc", "Text", Delivery.TEXT),
        ("sms-only", "byoc_ccaas", "Text", Delivery.TEXT),
        ("pictures", "byoc", "Text", Delivery.TEXT),
        ("links", "byoc_ccaas", "Links", Delivery.PASTE_PREVIEW),
        ("contact-center", "byoc_ccaas", "RichLink", Delivery.CARD),
    ],
)
def test_what_a_partner_has_not_is_not_sent(
    name: str, base: str, format_type: str, delivery: Delivery
) -> None:
    member = SEVERAL.channel(channel(base), name)
    rendered = sent(member)
    assert (format_of(rendered), rendered.delivery) == (format_type, delivery)
    is_text = delivery is Delivery.TEXT
    assert rendered.reason == (Reason.PARTNER_TEXT_ONLY if is_text else None)
    assert member.deliveries[0] is delivery


def test_pictures_go_out_as_a_component_only() -> None:
    member = SEVERAL.channel(channel("byoc"), "pictures")
    assert member.component_formats == ("Media", "Text")
    content = sent(member, way=Way.COMPONENT).message["staticContent"]
    assert content["formatType"] == "Media"
    assert content["linkItems"][0]["url"] == URL


def test_a_partner_of_the_sms_alphabet_gets_nothing_else() -> None:
    member = SEVERAL.channel(channel("byoc_ccaas"), "sms-only")
    preview = msgspec.structs.replace(SHOE, title="“Trail” – shoe… " * 12)
    text = sent(member, preview).text
    assert text.startswith('"Trail" - shoe... "Trail"')
    assert len(text) <= 160
    assert sent(member, msgspec.structs.replace(SHOE, title="靴")).text == URL


def test_a_profile_is_told_by_its_label() -> None:
    assert ACME.channel(channel("byoc"), "acme").label == "Bring Your Own Channel (Acme Messenger)"
    assert SEVERAL.channel(channel("byoc"), "words").label == "Bring Your Own Channel (words)"


def test_an_unknown_partner_is_told_the_known_ones() -> None:
    with pytest.raises(UnknownPartner, match="the partners are contact-center, links, pictures"):
        SEVERAL.channel(channel("byoc"), "acme")
    with pytest.raises(UnknownPartner, match="there are none"):
        NO_PARTNERS.registration("acme")


@pytest.mark.parametrize("name", CHANNELS)
def test_a_partner_goes_with_its_own_channel_only(name: str) -> None:
    if name == "byoc":
        return
    with pytest.raises(BadRequest, match="with the channel byoc only"):
        SEVERAL.channel(channel(name), "words")


@pytest.mark.parametrize(
    ("document", "named"),
    [
        ("[[partner]]\nname = ", "partners: "),
        ("[partner]\nname = 'x'", "double brackets"),
        ("partner = [1]", "row 1"),
        ("[[partners]]\n", "unknown: partners"),
        (HEAD.replace('"x"', '"X y"') + TEXT, "X y: .*name"),
        (HEAD.replace('name = "x"', "name = 7") + TEXT, "row 1: .*name"),
        (HEAD.replace('"ns"', '""') + TEXT, "x: .*integration_namespace"),
        ('[[partner]]\nname = "x"\n' + TEXT, "x: .*integration_namespace"),
        (HEAD + 'channel = "sms"\n' + TEXT, "x: .*channel"),
        (HEAD + 'app_type = "other"\n' + TEXT, "x: .*app_type"),
        (HEAD + "colour = 1\n" + TEXT, "x: .*colour"),
        (HEAD, "x: .*formats"),
        (HEAD + "formats = []", "x: formats: Text is missing"),
        (HEAD + '[[partner.formats]]\nformatType = "Links"', "x: formats: Text is missing"),
        (HEAD + TEXT + TEXT, "x: formatType: more than one Text"),
        (HEAD + '[[partner.formats]]\nformatType = "Carousel"', "x: .*formatType"),
        (HEAD + TEXT + "restrictions = 1", "x: .*restrictions"),
        (
            HEAD
            + TEXT
            + "[[partner.formats.capabilityFieldRestriction]]\n"
            + 'fieldJsonPath = "$.staticContent.body"\n'
            + 'restriction = {fieldRestrictionType = "ArrayRestriction", maxItems = 1}',
            "x: Text: \\$.staticContent.body: unknown path",
        ),
        (HEAD + TEXT + HEAD + TEXT, "name: more than one x"),
    ],
)
def test_a_bad_file_is_refused_by_partner_and_field(document: str, named: str) -> None:
    with pytest.raises(BadSettings, match=named):
        parse(document.encode())


def test_a_file_of_another_charset_is_refused() -> None:
    with pytest.raises(BadSettings, match="partners: "):
        parse(HEAD.encode("utf-16"))


def test_a_registration() -> None:
    assert SEVERAL.registration("links") == {
        "capabilities": {
            "appType": "custom",
            "channelCapabilities": [
                {
                    "channelType": "custom",
                    "customIntegration": {
                        "customIntegrationType": "CustomChannelIntegration",
                        "integrationNamespace": "linksns",
                        "conversationChannelDefinitionDevName": "Links_Channel",
                    },
                    "messageTypeCapabilities": [
                        {
                            "messageType": "StaticContentMessage",
                            "formatTypeCapabilities": [
                                {"formatType": "Text"},
                                {"formatType": "Links"},
                            ],
                        }
                    ],
                }
            ],
        }
    }


@pytest.mark.parametrize("file", FILES, ids=lambda path: path.stem)
def test_registrations_keep_the_published_schema(
    file: Path, published: Callable[[str], Any]
) -> None:
    # Its numbers are of a type "float", which JSON Schema does not have.
    text = json.dumps(published(INBOUND)["components"]).replace('"float"', '"number"')
    components = json.loads(text)

    def validate(kind: str, value: Any) -> None:
        schema = {"$ref": f"#/components/schemas/{kind}", "components": components}
        Draft202012Validator(schema).validate(value)

    partners = parse(file.read_bytes())
    for name in partners.names:
        body = json.loads(msgspec.json.encode(partners.registration(name)))
        validate("CapabilitiesRequest", body)
        (capabilities,) = body["capabilities"]["channelCapabilities"]
        validate("CustomChannelIntegration", capabilities["customIntegration"])
        for form in capabilities["messageTypeCapabilities"][0]["formatTypeCapabilities"]:
            for field in form.get("capabilityFieldRestriction", ()):
                kind = field["restriction"]["fieldRestrictionType"]
                validate(kind, field["restriction"])
                known = components["schemas"][kind]["allOf"][1]["properties"]
                assert field["restriction"].keys() == known.keys() | {"fieldRestrictionType"}


# What follows judges by the JSON alone: it knows nothing of how profiles are read or kept.

GSM_1_SEPTET = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    "ÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
GSM_2_SEPTETS = "\f^{}\\[~]|€"


def length(text: str, encoding: str) -> float:
    if encoding == "UTF8":
        return len(text.encode())
    if encoding == "UCS2":
        return len(text.encode("utf-16-be")) // 2
    if set(text) - set(GSM_1_SEPTET + GSM_2_SEPTETS):
        return float("inf")
    return sum(2 if char in GSM_2_SEPTETS else 1 for char in text)


def at(message: Any, path: str) -> tuple[list[Any], int]:
    """What stands at a path, once for each item of lists on the way, and how many had room."""
    holders, found = [], [message]
    for key in path.split(".")[1:]:
        holders = [item for each in found for item in (each if isinstance(each, list) else [each])]
        found = [holder[key] for holder in holders if key in holder]
    return found, len(holders)


def is_kept(field: dict[str, Any], types: set[str], message: Any, preview: Preview) -> bool:
    rule = field["restriction"]
    found, holders = at(message, field["fieldJsonPath"])
    # A link alone in a text is never cut.
    is_link = message["staticContent"].get("text") == preview.url
    match rule["fieldRestrictionType"]:
        case "StringFieldRestriction":
            most = rule["maxLength"]
            return is_link or all(length(text, rule["encoding"]) <= most for text in found)
        case "RequiredFieldRestriction":
            return not rule["fieldRequired"] or (len(found) == holders and all(found))
        case "ArrayRestriction":
            return all(len(each) <= rule["maxItems"] for each in found if isinstance(each, list))
        case "MimeTypeRestriction":
            return {each["mimeType"] if isinstance(each, dict) else each for each in found} <= types
        case _:
            return not found or preview.image is None or is_kept_by(rule, preview.image)


def is_kept_by(rule: dict[str, Any], image: Image) -> bool:
    """What nobody knows of a picture is not held against it."""
    wide, high = image.width or None, image.height or None
    if "maxSizeInKb" in rule:
        return (image.bytes or 0) <= rule["maxSizeInKb"] * 1000
    if rule["dimensionType"] == "RATIO":
        return wide is None or high is None or wide / high <= rule["x"] / rule["y"]
    return (wide or 0) <= rule["x"] and (high or 0) <= rule["y"]


def broken(partners: Partners, name: str, member: Channel, preview: Preview) -> list[Any]:
    (capabilities,) = partners.registration(name)["capabilities"]["channelCapabilities"]
    formats = {
        form["formatType"]: form.get("capabilityFieldRestriction", [])
        for form in capabilities["messageTypeCapabilities"][0]["formatTypeCapabilities"]
    }
    done = Outcome(status=Status.COMPLETE, preview=preview)
    failed = Outcome(status=Status.UNAVAILABLE, preview=preview, reason=Reason.TIMEOUT)
    messages = [render(done, preview.url, member, way).message for way in Way]
    messages.append(render(failed, preview.url, member).message)
    wrong = []
    for message in messages:
        fields = formats[message["staticContent"]["formatType"]]
        types = {
            field["restriction"]["mimeType"]
            for field in fields
            if "mimeType" in field["restriction"]
        }
        wrong += [
            (field, message) for field in fields if not is_kept(field, types, message, preview)
        ]
    return wrong


@pytest.mark.parametrize(
    ("partners", "name", "base"),
    [
        (ACME, "acme", "byoc"),
        (ACME, "acme", "byoc_ccaas"),
        (SEVERAL, "words", "byoc"),
        (SEVERAL, "sms-only", "byoc_ccaas"),
        (SEVERAL, "pictures", "byoc"),
        (SEVERAL, "links", "byoc"),
        (SEVERAL, "contact-center", "byoc_ccaas"),
    ],
)
def test_every_card_keeps_a_profile(
    partners: Partners,
    name: str,
    base: str,
    every_rendering: Callable[[Channel], list[Rendered]],
    salesforce_kinds: Callable[..., set[str]],
) -> None:
    member = partners.channel(channel(base), name)
    for card in CARDS:
        assert broken(partners, name, member, card) == []
    for rendered in every_rendering(member):
        salesforce_kinds(rendered.message, "salesforce-outbound-custom-event-payload.yaml")
        assert rendered.reason in {None, Reason.TIMEOUT, Reason.PARTNER_TEXT_ONLY}


def strings(most: int = 400) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries(
        {
            "fieldRestrictionType": st.just("StringFieldRestriction"),
            "encoding": st.sampled_from(["UTF8", "GSM", "UCS2"]),
            "maxLength": st.integers(1, 4) | st.integers(1, 40) | st.integers(1, most),
        }
    )


REQUIRED = st.booleans().map(
    lambda value: {"fieldRestrictionType": "RequiredFieldRestriction", "fieldRequired": value}
)
ITEMS = st.integers(1, 3).map(
    lambda most: {"fieldRestrictionType": "ArrayRestriction", "maxItems": most}
)
TYPES = st.sampled_from(["image/png", "image/jpeg", "image/webp", "video/mp4"]).map(
    lambda name: {"fieldRestrictionType": "MimeTypeRestriction", "mimeType": name}
)
SIZES = st.integers(1, 100).map(
    lambda most: {"fieldRestrictionType": "FileSizeRestriction", "maxSizeInKb": most}
)
DIMENSIONS = st.fixed_dictionaries(
    {
        "fieldRestrictionType": st.just("DimensionRestriction"),
        "dimensionType": st.sampled_from(["PIXEL", "RATIO"]),
        "x": st.floats(1, 2000),
        "y": st.floats(1, 2000),
    }
)
Row = tuple[str, st.SearchStrategy[dict[str, Any]]]


def text(path: str) -> list[Row]:
    return [(path, strings()), (path, REQUIRED), (path, ITEMS)]


def asset(path: str) -> list[Row]:
    return [
        *((path, rule) for rule in (TYPES, SIZES, DIMENSIONS, REQUIRED)),
        (f"{path}.mimeType", TYPES),
        *text(f"{path}.assetUrl"),
        *text(f"{path}.description"),
    ]


def link_item(path: str) -> list[Row]:
    titles = f"{path}.titleItem.title", f"{path}.titleItem.subTitle"
    return [(path, ITEMS), *text(titles[0]), *text(titles[1]), *text(f"{path}.url")]


ROWS = {
    "Text": text("$.staticContent.text"),
    "Links": [("$.staticContent.links", ITEMS), *text("$.staticContent.links.url")],
    "RichLink": link_item("$.staticContent.linkItem") + asset("$.staticContent.image"),
    "Media": link_item("$.staticContent.linkItems") + asset("$.staticContent.mediaAsset"),
}


@st.composite
def documents(draw: st.DrawFn) -> bytes:
    """A TOML file of one partner, who may restrict what nobody can keep."""
    lines = [HEAD]
    for name in ("Text", *draw(st.sets(st.sampled_from(["RichLink", "Links", "Media"])))):
        lines.append(f'[[partner.formats]]\nformatType = "{name}"')
        for path, restrictions in ROWS[name]:
            if not draw(st.booleans()):
                continue
            rule = [f"{key} = {json.dumps(value)}" for key, value in draw(restrictions).items()]
            lines.append(
                "[[partner.formats.capabilityFieldRestriction]]\n"
                f'fieldJsonPath = "{path}"\nrestriction = {{{", ".join(rule)}}}'
            )
    return "\n".join(lines).encode()


pictures = st.builds(
    Image,
    url=st.integers(1, 400).map(lambda length: "https://cdn.example/" + "x" * length),
    source_url=st.just(PICTURE.url),
    width=st.none() | st.integers(1, 2500),
    height=st.none() | st.integers(1, 2500),
    bytes=st.none() | st.integers(1, 120_000),
    media_type=st.sampled_from([None, "image/png", "image/jpeg", "image/webp"]),
    alt=st.none() | st.text(max_size=50),
)


@settings(deadline=None, max_examples=200)
@given(documents(), st.lists(pictures, min_size=10, max_size=10))
def test_whatever_restrictions_parse_are_kept(document: bytes, images: list[Image]) -> None:
    try:
        partners = parse(document)
    except BadSettings:
        return
    member = partners.channel(channel("byoc"), "x")
    illustrated = [msgspec.structs.replace(SHOE, image=image) for image in images]
    for card in (*CARDS, *illustrated):
        assert broken(partners, "x", member, card) == []
