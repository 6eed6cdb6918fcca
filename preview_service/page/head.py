"""A page's UTF-8 bytes, as they arrive → its tags, having read no more than it takes."""

from preview_service.page.markup import Markup
from preview_service.page.tags import Found, Tags

MAX_BYTES = 1024 * 1024
"""A document is read no further than this, whatever it promises."""


RUN_BYTES = 4 * 1024
"""A head that was put into the body by mistake is over when so much has no tag of a head."""


class HeadParser:
    """Feed UTF-8 until it says enough, then `close`.

    Enough is: the head is over and told the essentials, or the tags that did are over in the body,
    or *body_bytes* of it were read, not counting those before there is a title. It depends on the
    document alone: the tags come out the same however it was cut into chunks.
    """

    def __init__(self, body_bytes: int) -> None:
        self._body_bytes = body_bytes
        self._tags = Tags()
        self._markup = Markup(self._tags)
        self._head_end: int | None = None
        self._limit = self._until = MAX_BYTES
        self._enough = False

    @property
    def bytes_to_metadata(self) -> int:
        """Bytes up to the end of the last tag that a card is made of."""
        return self._tags.essential_at

    def feed(self, data: bytes) -> bool:
        """Take more of the document; True means that no more is wanted."""
        if not self._enough:
            self._markup.feed(data)
            self._read()
        return self._enough

    def close(self) -> Found:
        """Read what is left, unless there was enough; ask again at will."""
        if not self._enough:
            self._markup.finish()
            self._read()
            self._enough = True
        return self._tags.found()

    def _read(self) -> None:
        markup, tags = self._markup, self._tags
        while not self._enough and markup.read(self._until):
            self._look_ahead()
        is_far = markup.seen >= self._until and not tags.is_in_text
        self._enough |= is_far or markup.has_given_up

    def _look_ahead(self) -> None:
        """Say how much of the body is still wanted after one more tag of it."""
        tags = self._tags
        if self._limit == MAX_BYTES and tags.has_title:
            self._limit = self._until = min(MAX_BYTES, tags.at + self._body_bytes)
        if self._head_end is None and self._markup.is_past_head:
            self._head_end = tags.at
        if self._head_end is not None and not tags.missing:
            self._enough = tags.essential_at <= self._head_end
            self._until = min(self._limit, tags.head_at + RUN_BYTES)
