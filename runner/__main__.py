"""`python -m runner`, and the command `ipcmatrix`."""

import sys


def start() -> None:
    """Put the process in order, run the command line, and exit with its code.

    Every failure, even while loading, ends in a sentence and not in a traceback.
    """
    try:
        from runner.settling import settle

        settle()
        from runner.cli import main

        code = main()
    except KeyboardInterrupt:
        code = 130
    except Exception as error:  # the last line of defence
        from runner.defence import report

        code = report(error)
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a library written in Rust
            raise
        from runner.defence import report

        code = report(error)
    sys.exit(code)


if __name__ == "__main__":
    start()
