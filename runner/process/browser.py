"""Shows a file in the user's browser."""

import os
import webbrowser
from pathlib import Path

from runner.process.running import searched_folders


def browse(page: Path) -> bool:
    """Show a file in the browser that BROWSER names, or the desktop's; False where there is none.

    The browser gets one address with every odd character encoded, never a command line, and is
    not looked for in the current folder. It is the user's own program and keeps his environment.
    """
    before = os.environ.get("PATH", os.defpath)
    os.environ["PATH"] = os.pathsep.join(searched_folders())
    try:
        return webbrowser.open(page.resolve().as_uri())
    finally:
        os.environ["PATH"] = before
