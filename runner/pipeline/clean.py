"""The verb `clean`: removes leftovers of killed runs."""

from contextlib import closing, suppress

from runner import output, process
from runner.errors import EnvironmentLacksError
from runner.machine import packages


def clean() -> int:
    """Remove leftovers of killed runs; print what was removed and what was kept.

    Without an engine the temporary folders are removed all the same; an address that is no
    engine's is a mistake, and reported as one afterwards.
    """
    from runner import engine
    from runner.executors import container

    done, mistake = [("folder", process.sweep())], None
    with suppress(EnvironmentLacksError):  # there is no home for packages
        done.append(("folder", process.sweep([packages.cache()])))
    try:
        with closing(engine.connect()) as client:
            done.append(("container", container.clean(client)))
    except engine.AddressError as error:
        mistake = error
    except EnvironmentLacksError as error:
        output.say(f"containers were not looked for: {error}")
    except engine.ENGINE_ERRORS as error:
        where = f"the engine at {engine.wanted_address()}"
        output.say(f"containers were not looked for: {where} went silent: {engine.brief(error)}")
    lines = [
        *(f"removed {what} {name}" for what, swept in done for name in swept.removed),
        *(f"left {what} {name}: {why}" for what, swept in done for name, why in swept.left),
    ]
    for line in lines or ["no leftovers of killed runs found"]:
        output.line(line)
    if mistake is not None:
        raise mistake
    return 0
