from small_world import mistakes

AXES = "axes: {python: [3.10], transport: [pipe, queue]}\n"


def test_all_mistakes_are_reported_at_once_in_the_order_of_the_text() -> None:
    found = mistakes(
        """
        axes:
          python: [3.10, three]
          transport: [pipe, pip]
        exclud: []
        exclude:
          - {transport: queue}
        measure: {target: 80, seed: x, target: 90}
        profiles:
          broken: {executor: moon, limits: {pids: none}}
        """
    )
    assert [line.split(": ")[0] for line in found] == [
        "matrix.yaml:2:18",
        "matrix.yaml:3:21",
        "matrix.yaml:4:1",
        "matrix.yaml:7:19",
        "matrix.yaml:7:29",
        "matrix.yaml:7:32",
        "matrix.yaml:9:22",
        "matrix.yaml:9:43",
    ]


def test_a_mistake_of_the_file_is_reported_once_and_not_for_each_profile() -> None:
    found = mistakes(
        """
        axes: {python: [3.10], transport: [pipe]}
        measure: {seed: x}
        profiles: {one: {}, two: {executor: auto}, three: {measure: {rounds: 9}}}
        """
    )
    assert len(found) == 1
    assert found[0].startswith("matrix.yaml:2:17: measure.seed: 'x' is not a whole number")


def test_an_unknown_profile_names_the_nearest() -> None:
    text = AXES + "profiles: {quick: {}, claims: {}}"
    assert mistakes(text, "quik") == [
        "matrix.yaml:2:1: --profile: unknown profile 'quik'; did you mean quick? "
        "known: quick, claims"
    ]


def test_hundreds_of_mistakes_are_counted_in_the_end() -> None:
    found = mistakes(AXES + "".join(f"key{number}: 1\n" for number in range(500)))
    assert len(found) == 101
    assert found[100] == "matrix.yaml: and 400 more mistakes"
