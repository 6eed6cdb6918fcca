"""What users may know of a channel."""

import msgspec

from preview_service.channels import CHANNELS, channel
from preview_service.channels.describe import COLUMNS, as_row, describe


def test_a_description_says_what_stands_in_the_table() -> None:
    told = msgspec.to_builtins(describe(channel("enhanced_whatsapp")))
    assert told["permission"] == "messaging"
    assert told["component_formats"] == ("Text",)
    assert told["deliveries"] == ("paste_preview", "card", "text")
    paste, card = told["methods"]
    assert paste["ways"] == ("paste",)
    assert card["message_limits"][0] == {
        "name": "body",
        "limit": {
            "max": 1024,
            "unit": "characters",
            "required": True,
            "bmp_only": False,
            "uri_only": False,
            "excess": "reject",
            "source": card["docs"],
            "confirmed": True,
        },
    }
    assert card["image"]["max_bytes"] == 5_000_000
    rules = {rule["name"]: rule for rule in paste["rules"]}
    assert rules["image_over_600_kb"]["max"] == 600_000


def test_whether_a_sent_message_can_be_edited_is_told_with_its_source() -> None:
    told = {name: describe(each) for name, each in CHANNELS.items()}
    assert {name for name, each in told.items() if each.can_edit} == {
        *("discord", "slack", "teams", "telegram")
    }
    assert {name for name, each in told.items() if each.can_edit is None} == {
        *("enhanced_in_app_chat", "enhanced_web_chat_v1", "enhanced_web_chat_v2"),
        *("byoc", "byoc_ccaas", "generic"),
    }
    for each in told.values():
        assert each.can_edit_source or not each.can_edit


def test_what_no_document_confirms_is_marked_so() -> None:
    assert not describe(channel("enhanced_web_chat_v2")).text_limits[0].confirmed


def test_a_figure_of_our_own_names_no_document() -> None:
    _, picture = describe(channel("viber")).methods
    assert picture.limits["url"].source is None


def test_what_an_address_must_be_like_is_told() -> None:
    flex, _ = describe(channel("enhanced_line")).methods
    assert flex.limits["url"].uri_only


def test_every_channel_can_be_told_and_is_the_same_each_time() -> None:
    for each in CHANNELS.values():
        encoded = msgspec.json.encode(describe(each), order="deterministic")
        assert encoded == msgspec.json.encode(describe(each), order="deterministic")
        assert msgspec.json.decode(encoded)["name"] == each.name
        assert len(as_row(each)) == len(COLUMNS)
