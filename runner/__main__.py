"""`python -m runner`, and the command `ipcmatrix`."""

import sys


def start() -> None:
    """Run the command line; an interrupt while it is still being loaded leaves no traceback."""
    try:
        from runner.cli import main

        main()
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    start()
