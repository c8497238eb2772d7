"""Puts the process in order, whatever it inherited, before our other modules are imported.

Everything odd that a parent may leave is put right, or reported in one sentence
(EnvironmentLacksError) where it cannot be. Only `gc`, `os` and `sys` are imported above: other
modules, also those of the standard library, may be shadowed until `settle` has put the search path
in order.
"""

import gc
import os
import sys

AGAIN = "IPCMATRIX_AGAIN"
"""Holds our pid after we started ourselves again: at most once, whatever the interpreter says."""

GIT = frozenset(
    (
        *("GIT_DIR", "GIT_WORK_TREE", "GIT_IMPLICIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_PREFIX"),
        *("GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_ALTERNATE_OBJECT_DIRECTORIES"),
        *("GIT_NAMESPACE", "GIT_CEILING_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE"),
        *("GIT_NO_REPLACE_OBJECTS", "GIT_REPLACE_REF_BASE", "GIT_CONFIG", "GIT_CONFIG_COUNT"),
        *("GIT_CONFIG_PARAMETERS", "GIT_QUARANTINE_PATH", "GIT_EXTERNAL_DIFF"),
        *("GIT_DEFAULT_HASH", "GIT_ATTR_SOURCE", "GIT_REFLOG_ACTION"),
    )
)
"""Variables that git's hooks set for their repository (`git rev-parse --local-env-vars` …)."""

LIMITS = (
    ("NOFILE", 64, "-n", "open files", 1),
    ("FSIZE", 4096, "-f", "KiB of a file", 1024),
    ("AS", 512 << 20, "-v", "KiB of address space", 1024),
    ("DATA", 384 << 20, "-d", "KiB of data", 1024),
    ("CPU", 60, "-t", "seconds of processor time", 1),
    ("STACK", 256 << 10, "-s", "KiB of stack", 1024),
    ("NPROC", 0, "-u", "processes", 1),
)
"""Limits: name, least that we need, the shell's flag, what and in which unit it counts.

Below these libraries abort or answer nonsense in place of an error (a renderer without a free
descriptor, a linear algebra library without room for its buffers). Limits that suffice for us may
still be too small for a large matrix; that is reported where it shows.
"""


def settle() -> None:
    """Put the process in order, or raise EnvironmentLacksError; call it once, before all else."""
    _check_platform()
    _open_standard_files()
    _order_modules()
    _reset_signals()
    _begin_again_unless_plain()
    _clean_environment()
    os.umask(os.umask(0o077) & 0o077)  # what we make we can use, whatever others may
    _raise_limits()
    _check_folder()
    gc.set_threshold(100_000)  # a report makes millions of objects, few of which become garbage


def _check_platform() -> None:
    """Refuse what is not Linux before anything is imported that only Linux has."""
    if sys.platform != "linux":
        from runner.errors import EnvironmentLacksError

        name = {"darwin": "macOS", "win32": "Windows"}.get(sys.platform, sys.platform)
        inside = "WSL 2" if sys.platform == "win32" else "a Linux container or virtual machine"
        message = (
            f"ipcmatrix runs on Linux, and this is {name}: start it in {inside}; from there, "
            "`ipcmatrix run --executor docker` measures in containers of this machine"
        )
        raise EnvironmentLacksError(message)


def _open_standard_files() -> None:
    """Occupy descriptors 0 to 2, or the next file that is opened would be taken for one."""
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        if getattr(sys, name) is None:
            file = open(number, mode, encoding="utf-8", closefd=False)  # noqa: SIM115
            setattr(sys, name, file)


def _reset_signals() -> None:
    """Hear what a parent had ignored or blocked; but a run under nohup outlives its terminal.

    SIGPIPE and SIGXFSZ stay ignored, as Python has them: they come as errors of a write.
    """
    import signal

    for number in (signal.SIGCHLD, signal.SIGTERM, signal.SIGQUIT, signal.SIGALRM, signal.SIGUSR1):
        signal.signal(number, signal.SIG_DFL)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGXCPU, _out_of_time)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


def _out_of_time(_number: int, _frame: object) -> None:
    from runner.errors import EnvironmentLacksError

    message = "the processor time that `ulimit -t` allows is used up: raise it; --resume continues"
    raise EnvironmentLacksError(message)


def _begin_again_unless_plain() -> None:
    """Start this program again if the interpreter runs in a mode that cannot be left.

    Without docstrings and assertions (PYTHONOPTIMIZE) libraries fail; PYTHONINSPECT would end in
    a prompt. The modules come from where they came from: ipcmatrix takes the runner next to it.
    """
    from runner.errors import EnvironmentLacksError

    before = os.environ.pop(AGAIN, "")
    if not (sys.flags.optimize or sys.flags.inspect):
        return
    if before == str(os.getpid()) or not sys.executable:
        message = (
            f"{sys.executable or 'the interpreter'} runs with -O or -i whatever is asked: "
            "start ipcmatrix with an interpreter that does not"
        )
        raise EnvironmentLacksError(message)
    environment = {
        name: value
        for name, value in os.environ.items()
        if name not in {"PYTHONOPTIMIZE", "PYTHONINSPECT"}
    }
    root = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120
    begin = (
        f"import sys; sys.argv[0] = {sys.argv[0]!r}; sys.path.insert(0, {root!r}); "
        "from ipcmatrix.__main__ import start; del sys.path[0]; start()"
    )
    sys.stdout.flush()
    command = [sys.executable, "-P", "-c", begin, *sys.argv[1:]]
    os.execve(sys.executable, command, environment | {AGAIN: str(os.getpid())})


def _order_modules() -> None:
    """Search the current folder and PYTHONPATH last: a json.py there must not replace ours."""
    given = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    late = {os.path.abspath(one) for one in given if one}  # noqa: PTH100
    first = sys.path[:1]
    if first and not sys.flags.safe_path:
        late.add(first[0])
    sys.path[:] = [one for one in sys.path if one not in late] + [
        one for one in sys.path if one in late
    ]
    if sys.warnoptions or sys.flags.dev_mode:
        import warnings

        sys.warnoptions.clear()
        warnings.resetwarnings()
        warnings.simplefilter("ignore")  # the libraries' own affairs


def _clean_environment() -> None:
    """Leave out what is meant for another program, and name a home where there is none."""
    environment = os.environ
    for name in list(environment):
        if name in GIT or name.startswith(("PYTHON", "GIT_TRACE", "GIT_CONFIG_KEY_")):
            del environment[name]
    environment["OPENBLAS_NUM_THREADS"] = environment["OMP_NUM_THREADS"] = "1"
    if not environment.get("HOME", "").startswith("/"):
        import pwd

        try:
            home = pwd.getpwuid(os.getuid()).pw_dir
        except KeyError:  # no entry in passwd
            home = ""
        environment["HOME"] = home or "/"


def _raise_limits() -> None:
    """Raise each soft limit to what it may be, and refuse a hard one that is too low."""
    import resource

    from runner.errors import EnvironmentLacksError

    for name, least, flag, unit, size in LIMITS:
        kind = getattr(resource, f"RLIMIT_{name}")
        soft, hard = resource.getrlimit(kind)
        wanted = hard
        if name == "CPU" and hard != resource.RLIM_INFINITY:
            wanted = max(hard - 2, 1)  # at the hard limit comes SIGKILL; before it a word
        if name == "STACK":
            wanted = soft  # a larger one would be that of every thread
        if name == "NOFILE" and hard == resource.RLIM_INFINITY:
            wanted = max(soft, 1 << 16)  # some count up to it
        if soft != wanted:
            try:
                resource.setrlimit(kind, (wanted, hard))
            except (OSError, ValueError):
                wanted = soft
        if wanted != resource.RLIM_INFINITY and wanted < least:
            message = (
                f"{wanted // size} {unit} are allowed here, and ipcmatrix needs {least // size}: "
                f"raise the limit (`ulimit {flag} {least // size}`)"
            )
            raise EnvironmentLacksError(message)


def _check_folder() -> None:
    from runner.errors import EnvironmentLacksError

    try:
        os.getcwd()  # noqa: PTH109 - nothing more is wanted
    except OSError as error:
        message = f"the current folder cannot be used ({error.strerror}): `cd` to one that exists"
        raise EnvironmentLacksError(message) from error
