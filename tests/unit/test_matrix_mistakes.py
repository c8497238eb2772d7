import pytest

from small_world import mistakes, read

AXES = "axes: {python: [3.10], transport: [pipe, queue]}\n"

INTERPRETERS = "2.7, 3.11, 3.11.7, 3.14t, pypy2.7, pypy3.11, or found in the axis python"
KEYS = (
    "axes, grids, exclude, include, compare, measure, executor, limits, images, cluster, packages, "
    "study, plugins, profile, profiles"
)
TRANSPORTS = "os_pipe, pipe, pipe_simplex, queue, simple_queue, manager_queue"
ALL_AXES = "python, transport, payload, topology, workers, start_method, placement, messages"


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        (
            "@mesure: {}",
            f"unknown key 'mesure'; did you mean measure? known: {KEYS}",
        ),
        ("compare: {@families: {}}", "'families' is called axes since version 0.2"),
        ("compare: {@reference: {}}", "'reference' is called baseline since version 0.2"),
        ("measure: {@sittings: 2}", "'sittings' is called sessions since version 0.2"),
        (
            "exclude: [{@pyton: 3.10}]",
            f"unknown axis 'pyton'; did you mean python? known: {ALL_AXES}",
        ),
        (
            "include: [{@color: green}]",
            f"unknown axis 'color'; known: {ALL_AXES}",
        ),
        (
            "exclude: [{transport: @os_pipe}]",
            "exclude: 'os_pipe' matches nothing on the axis transport; "
            "did you mean pipe? known: pipe, queue",
        ),
        (
            "exclude: [{payload: @int}]",
            "exclude: matches nothing, the axis payload is not listed; list it under axes",
        ),
        (
            "grids: [{@topolgy: fan_out}]",
            f"unknown axis 'topolgy'; did you mean topology? known: {ALL_AXES}",
        ),
        (
            "grids: [{transport: [pipe, queue], workers: @two}]",
            "grids[0].workers: 'two' is not a whole number; a whole number from 1 to 1024",
        ),
        (
            "grids: [{payload: [dict, int, @int]}]",
            "grids[0].payload: 'int' is listed twice, first at matrix.yaml:2:26; keep one of them",
        ),
        (
            "grids: [@{}]",
            f"grids: an entry without an axis; {ALL_AXES}",
        ),
        (
            "grids: @{transport: pipe}",
            "grids: expected a list, found a mapping; "
            "write [ ] around the values, or a line with - for each",
        ),
        (
            "study: @pipe_vs_que",
            "study: unknown study 'pipe_vs_que'; did you mean pipe_vs_queue? known: pipe_vs_queue",
        ),
        (
            "exclude: [@{}]",
            f"exclude: an entry without an axis; {ALL_AXES}",
        ),
        (
            "@exclude: [{transport: pipe}, {transport: queue}]",
            "profile default: every cell is excluded, the matrix is empty; "
            "leave a cell in, or include one",
        ),
        (
            "include: [@{transport: os_pipe}]",
            "include: this entry joins no cell, and a new cell needs python; "
            "name it, or use values of the axes",
        ),
        (
            "exclude: [{python: @found}]",
            "exclude[0].python: 'found' means many interpreters; name one here, such as 3.11",
        ),
        (
            "exclude: @{transport: pipe}",
            "exclude: expected a list, found a mapping; "
            "write [ ] around the values, or a line with - for each",
        ),
        (
            "compare: {baseline: {transport: @simple_queue}}",
            "compare.baseline: 'simple_queue' matches nothing on the axis transport; "
            "known: pipe, queue",
        ),
        (
            "compare: {axes: {transport: {python: [@3.9]}}}",
            "axes.transport: '3.9' matches nothing on the axis python; known: 3.10",
        ),
        (
            "compare: {axes: @{}}",
            f"compare.axes is empty: nothing would be measured; name one of {ALL_AXES}",
        ),
        (
            "compare: {margin: @120%}",
            "compare.margin: '120%' means 120 %; from 0.0001 % to 100 %, as in 5% or 0.05",
        ),
        (
            "measure: {precision: @5}",
            "measure.precision: '5' means 500 %; from 0.0001 % to 100 %, as in 5% or 0.05",
        ),
        (
            "measure: {precision: @0.0000001}",
            "measure.precision: '0.0000001' means 1e-05 %; "
            "from 0.0001 % to 100 %, as in 5% or 0.05",
        ),
        (
            "measure: {target: @80}",
            "measure.target: '80' is not a duration with a unit; write 80s or 80ms",
        ),
        (
            "measure: {budget: @3 minutes}",
            "measure.budget: '3 minutes' is not a duration with a unit; 80ms, 5s, 3m or 1h",
        ),
        (
            "measure: {rounds: @0}",
            "measure.rounds: '0' is out of range; "
            "a whole number from 1 to 1000000000, as in 10000, 10_000 or 1e4",
        ),
        (
            "measure: {seed: @010}",
            "measure.seed: '010' has a leading zero; "
            "a whole number from 0 to 1000000000, as in 10000, 10_000 or 1e4",
        ),
        (
            "measure: {rounds: 10, min_rounds: @20}",
            "measure.min_rounds: 20 is more than rounds, 10; at most as many as rounds",
        ),
        (
            "measure: {min_rounds: @300}",
            "measure.min_rounds: 300 is more than rounds, 200; at most as many as rounds",
        ),
        (
            "measure: {target: 1s, timeout: @500ms}",
            "measure.timeout: 0.5s is less than target, 1s; at least the target",
        ),
        (
            "measure: {slowest: @fast}",
            "measure.slowest: 'fast' is not allowed; a number from 1 to 1000000",
        ),
        (
            "measure: {budget: @[3m]}",
            "measure.budget: expected a duration such as 80ms, 5s, 3m or 1h, found a list; "
            "write a duration such as 80ms, 5s, 3m or 1h",
        ),
        (
            "measure:@",
            "measure: expected a mapping, found nothing; write `key: value`, or {} for none",
        ),
        (
            "executor: @dcker",
            "executor: unknown executor 'dcker'; did you mean docker? known: local, docker, auto",
        ),
        (
            "limits: {memory: @2g}",
            "limits.memory: '2g' is not a size with a unit; "
            "a number and B, kB, MB, GB, KiB, MiB, GiB",
        ),
        (
            "limits: {cpuset: @two}",
            "limits.cpuset: 'two' is not a list of cores; write 0-1 or 0,2",
        ),
        (
            "images: {source: @hubb}",
            "images.source: unknown source 'hubb'; "
            "did you mean hub? known: auto, hub, debian, host",
        ),
        (
            "images: {@packages: {3.10: {numpy: '2'}}}",
            "images.packages is called packages, at the top level, since version 0.2",
        ),
        (
            "packages: {3.10: {numpy: @'>=2'}}",
            "packages.3.10.numpy: '>=2' is not one exact version; as in numpy: 2.2.6",
        ),
        (
            "packages: {3.10: {@--index: 1.0}}",
            "packages.3.10.--index: '--index' is not a package's name; as in numpy: 2.2.6",
        ),
        (
            "packages: {3.10: {numpy: 1.0}, @python3.10: {numpy: 2.0}}",
            "packages: 'python3.10' and '3.10' are the same; keep one of them",
        ),
        (
            "packages: {3.10: {faster_fifo: 1.0, @Faster-FIFO: 2.0}}",
            "packages.3.10: 'Faster-FIFO' and 'faster_fifo' are the same; keep one of them",
        ),
        (
            "profile: @quick",
            "unknown profile 'quick'; known: none",
        ),
        (
            "profile: @[]",
            "profile: expected a name; write one of those under profiles",
        ),
        (
            "profiles: @[quick]",
            "profiles: expected a mapping; write a name and its changes",
        ),
        (
            "profiles: {quick: @3}",
            "profile quick: expected a mapping; write {} for no change",
        ),
        (
            "profiles: {@a b: {}}",
            "'a b' is not a profile name; use letters, digits, '_', '.', '-'",
        ),
        (
            "profiles: {quick: {@profile: x}}",
            "profile inside a profile; it belongs at the top only",
        ),
        (
            "executor: @!!python/name:os.system local",
            "tag 'tag:yaml.org,2002:python/name:os.system'; values are written without tags",
        ),
        (
            "limits: {@<<: {pids: 3}}",
            "merge keys (<<) are not supported; use a profile, or an alias for a complete value",
        ),
        (
            "limits: {@[pids]: 3}",
            "a key that is a list or a mapping; a key is one word",
        ),
        (
            "@axes: {python: [3.9]}",
            "key 'axes' is given twice, first at matrix.yaml:1:1; keep one of them",
        ),
    ],
)
def test_a_mistake_names_its_place_and_what_is_allowed(marked: str, message: str) -> None:
    line, column = marked.replace("@", ""), marked.index("@") + 1
    assert mistakes(AXES + line) == [f"matrix.yaml:2:{column}: {message}"]


@pytest.mark.parametrize(
    ("marked", "message"),
    [
        (
            "transport: [pipe, @quue]",
            f"axes.transport[1]: unknown transport 'quue'; did you mean queue? known: {TRANSPORTS}"
            "; one of your own: name its file under plugins",
        ),
        (
            "transport: [@'pipe:5']",
            "axes.transport[0]: 'pipe:5': transport pipe takes no parameter; write pipe",
        ),
        (
            "transport: [@'os_pipe:big']",
            "axes.transport[0]: 'os_pipe:big': 'big' is not valid for bytes that the pipe holds; "
            "a number from 1 on, as in 100",
        ),
        (
            "transport: [pipe], payload: [@int:5]",
            "axes.payload[0]: 'int:5': payload int takes no parameter; write int",
        ),
        (
            "transport: [pipe], payload: [@'str:ten']",
            "axes.payload[0]: 'str:ten': 'ten' is not valid for characters; "
            "a number from 1 on, as in 100",
        ),
        (
            "transport: [pipe], payload: [@'str:10x10']",
            "axes.payload[0]: 'str:10x10': '10x10' is not valid for characters; "
            "a number from 1 on, as in 100",
        ),
        (
            "transport: [pipe], topology: [@'fan_out:50']",
            "axes.topology[0]: 'fan_out:50': '50' is not valid for work; microseconds from 1 on, "
            "as in 50us, or 50us~exp where it differs from message to message",
        ),
        (
            "transport: [pipe], topology: [@'scatter_gather:50us']",
            "axes.topology[0]: 'scatter_gather:50us': '50us' is not valid for busy microseconds; "
            "a number from 1 on, as in 100",
        ),
        (
            "transport: [pipe], start_method: [@frok]",
            "axes.start_method[0]: unknown start method 'frok'; "
            "did you mean fork? known: default, fork, spawn, forkserver",
        ),
        (
            "transport: [pipe], workers: [@many]",
            "axes.workers[0]: 'many' is not a whole number; a whole number from 1 to 1024",
        ),
        (
            "transport: [pipe], messages: [@1.5e3]",
            "axes.messages[0]: '1.5e3' is not a whole number; "
            "a whole number from 1 to 1000000000, as in 10000, 10_000 or 1e4, or auto",
        ),
        (
            "transport: @[]",
            "axes.transport is empty, so the matrix would have no cells; write at least one value",
        ),
        (
            "transport: @pipe",
            "axes.transport: expected a list, found 'pipe'; "
            "write [ ] around the values, or a line with - for each",
        ),
        (
            "transport: [pipe, @pipe]",
            "axes.transport: 'pipe' is listed twice, first at matrix.yaml:1:35; keep one of them",
        ),
        (
            "transport: [pipe], messages: [1e3, @1_000]",
            "axes.messages: '1000' is listed twice, first at matrix.yaml:1:53; keep one of them",
        ),
        (
            "transport: [@[pipe]]",
            "axes.transport[0]: expected the name of a transport, found a list; "
            "write the name of a transport",
        ),
    ],
)
def test_a_mistake_on_an_axis_names_its_place(marked: str, message: str) -> None:
    text = f"axes: {{python: [3.6], {marked}}}"
    line, column = text.replace("@", ""), text.index("@") + 1
    assert mistakes(line) == [f"matrix.yaml:1:{column}: {message}"]


def test_python_and_transport_must_be_listed() -> None:
    assert mistakes("axes: {payload: [int]}") == [
        "matrix.yaml:1:7: axes.python is missing; write python: [ ] with at least one value",
        "matrix.yaml:1:7: axes.transport is missing; write transport: [ ] with at least one value",
    ]


@pytest.mark.parametrize("version", ["3", "3.x", "v3.10", "3.10.", "1.5", "cpython3.11", "3,10"])
def test_what_is_not_a_version_is_refused(version: str) -> None:
    line = f"axes: {{transport: [pipe], python: ['{version}']}}"
    assert mistakes(line) == [
        f"matrix.yaml:1:36: axes.python[0]: '{version}' is not an interpreter; {INTERPRETERS}"
    ]


def test_an_exclude_must_match_in_the_axes_or_in_a_grid() -> None:
    text = AXES + "grids: [{payload: dict}]\nexclude: [{payload: %s}]\n"
    assert len(read(text % "dict").exclude) == 1
    assert mistakes(text % "str") == [
        "matrix.yaml:3:21: exclude: 'str' matches nothing on the axis payload; known: dict"
    ]


def test_an_alias_is_checked_on_each_axis_that_it_is_given_for() -> None:
    marked = "compare: {axes: {transport: {workers: &few [@1]}, python: {messages: *few}}}"
    assert mistakes(AXES + marked.replace("@", "")) == [
        f"matrix.yaml:2:{marked.index('@') + 1}: axes.python: matches nothing, the axis messages "
        "is not listed; list it under axes"
    ]


def test_a_key_with_a_line_end_breaks_no_message() -> None:
    (told,) = mistakes(AXES + 'packages: {"\\r\\n": {}}')
    assert told.startswith("matrix.yaml:2:12: packages.\\r\\n: '\\r\\n' is not an interp")
