"""An answer, or work on many → drawn in the terminal, for those who look for themselves."""

import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

import msgspec

from preview_service.api.schemas import Answer, AnswerForAll, Explanation
from preview_service.model import FitAction, Rendered


def draw(given: Answer | AnswerForAll) -> None:
    """*given* as a card of text with what stands behind it."""
    from rich.console import Console

    console = Console(highlight=False, markup=False)
    seen = given.preview
    console.print(seen.title if seen and seen.title else given.url, style="bold")
    if seen:
        for line in (seen.description, seen.site_name, seen.host, seen.image and seen.image.url):
            if line:
                console.print(line)
    console.print(f"{given.status}{f', {given.reason}' if given.reason else ''}", style="cyan")
    messages = given.messages if isinstance(given, AnswerForAll) else {given.channel: given}
    for name, message in messages.items():
        console.print(f"\n{name}: {_forecast(message)}", style="cyan")
        for act in message.fit:
            console.print(f"  {_sentence(act)}")
        console.print(msgspec.json.format(msgspec.json.encode(message.message)).decode())
    if given.explain:
        _draw_explanation(given.explain)


def _forecast(message: Answer | Rendered) -> str:
    """How the link goes out and what it shows, and what stands in the way of more."""
    told = f"{message.delivery}, {message.customer_sees.look}"
    because = [*filter(None, (message.reason,)), *message.customer_sees.because]
    return f"{told} ({', '.join(because)})" if because else told


def _sentence(act: FitAction) -> str:
    limit = f", {act.limit} {act.unit} at most" if act.limit else ""
    was = f", was {act.was}" if act.was else ""
    return f"{act.field} {act.action}{limit}{was}{f' ({act.because})' if act.because else ''}"


def _draw_explanation(explain: Explanation) -> None:
    from rich import box
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(box=box.SIMPLE, show_edge=False)
    for heading in ("field", "source", "value"):
        table.add_column(heading, overflow="fold")
    for field, told in explain.fields.items():
        table.add_row(field, told.source, Text(told.value or "none", "bold"))
        if told.raw:
            table.add_row("", "as declared", Text(told.raw, "dim"))
        for other in told.rejected:
            table.add_row("", other.source, Text(f"{other.value} ({other.because})", "dim"))
    console = Console(highlight=False, markup=False)
    console.print()
    console.print(table)
    if explain.verdict:
        evidence = f" ({explain.verdict.evidence})" if explain.verdict.evidence else ""
        console.print(f"verdict: {explain.verdict.verdict}{evidence}")
    for fetch in explain.fetches:
        for hop in fetch.redirects:
            console.print(f"{hop.status} {fetch.purpose} {hop.url}")
        read = f" {fetch.bytes} bytes, {fetch.ms} ms" if fetch.status else ""
        why = f": {fetch.detail or fetch.reason}" if fetch.reason else ""
        console.print(
            f"{fetch.status or '-'} {fetch.purpose} {fetch.final_url or fetch.url}{read}{why}"
        )


def draw_table(headings: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Plain rows under *headings*."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    table = Table(box=box.SIMPLE, show_edge=False)
    for heading in headings:
        # A name that is cut is no name.
        table.add_column(heading, no_wrap=True)
    for row in rows:
        table.add_row(*row)
    Console(highlight=False, markup=False).print(table)


@contextmanager
def progress(total: int) -> Iterator[Callable[[str], None]]:
    """A bar on standard error, if that is a terminal, moved on with the status of what is done."""
    if not sys.stderr.isatty():
        yield lambda _status: None
        return
    from rich import progress as bars
    from rich.console import Console

    counts: Counter[str] = Counter()
    with bars.Progress(
        bars.BarColumn(),
        bars.MofNCompleteColumn(),
        bars.TextColumn("{task.fields[rate]}"),
        bars.TimeRemainingColumn(),
        bars.TextColumn("{task.description}"),
        console=Console(stderr=True),
        # Else what is printed on standard output would end up on the other.
        redirect_stdout=False,
    ) as drawn:
        bar = drawn.add_task("", total=total, rate="")

        def tell(status: str) -> None:
            counts[status] += 1
            told = ", ".join(f"{count} {name}" for name, count in counts.most_common())
            elapsed_s = drawn.tasks[0].elapsed
            rate = f"{counts.total() / elapsed_s:.1f}/s" if elapsed_s else ""
            drawn.update(bar, advance=1, description=told, rate=rate)

        yield tell
