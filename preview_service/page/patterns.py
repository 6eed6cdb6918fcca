"""Regular expressions that never give back, for every Python that has them.

https://docs.python.org/3/library/re.html#regular-expression-syntax ("possessive quantifiers")
"""

import re
import sys
from typing import AnyStr

_NEEDS_HELP = sys.version_info < (3, 11, 5)
_POSSESSIVE_GROUP = r"\)(?=[*?+]\+)"


def compiled(pattern: AnyStr, flags: int = 0) -> re.Pattern[AnyStr]:
    """*pattern*, in no character class of which `)` stands before `*+`, `++` or `?+`."""
    return re.compile(helped(pattern) if _NEEDS_HELP else pattern, flags)


def helped(pattern: AnyStr) -> AnyStr:
    """*pattern* as it works before Python 3.11.5 too.

    There a group that never gives back keeps what its last round read before it failed, but not if
    it tries a branch after it: https://github.com/python/cpython/issues/100061
    """
    if isinstance(pattern, bytes):
        return re.sub(_POSSESSIVE_GROUP.encode(), b"|(?!))", pattern)
    return re.sub(_POSSESSIVE_GROUP, "|(?!))", pattern)
