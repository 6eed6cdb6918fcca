"""Events → one JSON line each on standard error.

A line holds no query string, no userinfo and no byte of a target: pasted links are often secrets.
Cached answers are not logged one by one: a line costs as much as the answer (measured: a handler
with aiohttp's access log serves 0.38 of the requests it serves without).
"""

import logging
from typing import Any

import structlog


def configure(level: str = "INFO") -> None:
    """Send events of *level* and above to standard error.

    They go through `logging`, whose handlers survive a broken stream: a full disk or a closed pipe
    behind standard error must not cost anybody an answer.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    handler = logging.StreamHandler()
    # What libraries log is a line of the same form.
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level, force=True)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.stdlib.LoggerFactory(),
    )


def logger() -> Any:
    """The logger every part writes its events to."""
    return structlog.get_logger()
