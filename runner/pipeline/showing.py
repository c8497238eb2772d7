"""The verb `open`: the page of a run in a browser."""

import os

from runner import output, process
from runner.errors import BadInputError, EnvironmentLacksError
from runner.files import open_regular
from runner.pipeline import choosing


def open_page(*, run: str | None) -> int:
    """Show the page of a run, of the newest one unless named, and print its path."""
    folder = choosing.chosen(run)
    page = folder / "report.html"
    try:
        os.close(open_regular(page))  # a link may lead out of the run
    except OSError as error:
        message = f"{page}: {error.strerror}: `ipcmatrix report {folder}` writes the page of a run"
        raise BadInputError(message) from error
    output.line(page)
    if not process.browse(page):
        message = (
            "no browser can be started here: open the file above in one, or name one in BROWSER"
        )
        raise EnvironmentLacksError(message)
    return 0
