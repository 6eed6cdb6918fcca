"""An address → the same address without the query parameters that only identify a visit.

Such parameters never choose what is shown: they name a campaign, a click or a mail's recipient,
and would make one page many. Names that are content on some site (`ref`, `si`, `source`, `id`)
are left alone.
"""

# Who sets or strips them → their names, in lower case.
TRACKING_NAMES_BY_SOURCE = {
    # The preference `privacy.query_stripping.strip_list`, which sums up most of the trade.
    "Firefox": """__hsfp __hssc __hstc __s _hsenc _openstat dclid fbclid gbraid gclid hsctatracking
        igshid mc_eid mkt_tok ml_subscriber ml_subscriber_hash msclkid oft_c oft_ck oft_d oft_id
        oft_ids oft_k oft_lk oft_sk rb_clickid s_cid twclid vero_conv vero_id wbraid wickedid
        yclid""",
    "Google Ads": "gclsrc gad_source gad_campaignid srsltid",
    "HubSpot": "_hsmi",
    "Mailchimp": "mc_cid",
    "Instagram": "igsh",
    "LinkedIn": "li_fat_id",
    "TikTok": "ttclid",
    "Pinterest": "epik",
    "Yandex": "ysclid",
    "Branch": "_branch_match_id",
}
TRACKING_NAMES = frozenset(
    name for names in TRACKING_NAMES_BY_SOURCE.values() for name in names.split()
)
# Google Analytics, Omeda Olytics, Matomo.
TRACKING_PREFIXES = ("utm_", "oly_", "mtm_")


def without_tracking(address: str) -> str:
    """*address*, which has no fragment, with every other parameter's order and spelling kept.

    A query with nothing in it goes as well: `/p?` and `/p` are one request.
    """
    path, _, query = address.partition("?")
    if not query:
        return path
    kept = "&".join(pair for pair in query.split("&") if not _is_tracking(pair))
    return f"{path}?{kept}" if kept else path


def _is_tracking(pair: str) -> bool:
    name = pair.partition("=")[0].lower()
    return name in TRACKING_NAMES or name.startswith(TRACKING_PREFIXES)
