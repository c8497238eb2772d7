"""A driver's copy of a part: rounds in any order, once each, and then what the spool has."""

import hashlib
import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from run_folders import HEAD, HEADER, row
from runner.cluster.meeting import packed, spooled, unpacked
from runner.errors import BadInputError
from runner.model.parts import PartRequest, RoundKey
from runner.pipeline.machines import fetch
from runner.runfolder.copies import Ledger, PartCopy, WholeRounds, ledger_of, owners, whole_rounds

keys = st.builds(
    RoundKey,
    st.integers(1, 3),
    st.sampled_from(("warmup", "measure")),
    st.sampled_from(("a", "b/1", "b/2")),
    st.integers(1, 70),
)


@given(st.lists(keys))
def test_each_round_is_taken_once_in_whatever_order(sent: list[RoundKey]) -> None:
    ledger = Ledger()
    assert [key for key in sent if ledger.take(key)] == list(dict.fromkeys(sent))
    assert ledger.count == len(set(sent))
    assert ledger.blocks == {key.block.partition("/")[0] for key in sent if key.phase == "measure"}
    part = Ledger()
    for key in sent[::2]:
        part.take(key)
    assert ledger.holds(part)
    assert part.holds(ledger) == (set(sent[::2]) == set(sent))


def lines(*rounds: int, session: int = 1) -> str:
    """Return rounds of two rows each."""
    return "".join(
        row(machine="m1", round=number, trial=trial, transport=transport, session=session) + "\n"
        for number in rounds
        for trial, transport in ((1, "pipe"), (2, "queue"))
    )


def key(number: int) -> RoundKey:
    return RoundKey(1, "measure", "b1", number)


def trials(*rounds: int) -> bytes:
    return f"{HEADER}\n{lines(*rounds)}".encode()


def run_of(part: str) -> str:
    return json.dumps({**HEAD, "run": part})


def took(copy: PartCopy, begin: int, pieces: list[bytes]) -> int:
    return copy.take(run_of("r1.m1"), begin, pieces)


@pytest.fixture
def copy(tmp_path: Path) -> PartCopy:
    made = PartCopy(tmp_path / "parts" / "m1", "r1.m1", "m1")
    assert not made.begun
    assert made.state() == (0, "")
    made.begin(run_of("r1.m1"), b"cells\n")
    return made


def test_a_round_that_comes_twice_is_written_once(copy: PartCopy) -> None:
    assert copy.append([(key(1), lines(1)), (key(1), lines(1))]) == 1
    assert copy.append([(key(1), lines(1)), (key(3), lines(3)), (key(4), "half a line")]) == 1
    assert copy.trials.read_bytes() == trials(1, 3)
    again = PartCopy(copy.folder, "r1.m1", "m1")
    assert again.ledger.count == 2
    assert owners([again]) == {"b1": "m1"}


def test_the_spool_fills_what_was_lost_on_the_way(copy: PartCopy) -> None:
    copy.append([(key(1), lines(1)), (key(3), lines(3))])
    assert took(copy, 0, [trials(1, 2, 3, 4)]) == 2
    assert copy.trials.read_bytes() == trials(1, 2, 3, 4)
    size, _ = copy.state()
    assert took(copy, size, [lines(5).encode()]) == 1
    with pytest.raises(BadInputError, match=r"its spool lacks rounds of r1\.m1"):
        took(copy, 0, [trials(1, 2)])
    assert copy.ledger.count == 5
    assert copy.trials.read_bytes() == trials(1, 2, 3, 4, 5)


@given(st.lists(st.integers(1, 700)), st.integers(0, 3))
def test_in_whatever_pieces_a_spool_comes_only_whole_rounds_are_taken(
    cuts: list[int], cut: int
) -> None:
    data = trials(1, 2, 3)
    data = data[: len(data) - cut]
    places = [0, *sorted(one for one in cuts if one < len(data)), len(data)]
    found = WholeRounds()
    pieces = (data[begin:end] for begin, end in pairwise(places))
    assert b"".join(found.whole(pieces)) == whole_rounds(data)
    assert found.ledger.count == (2 if cut else 3)
    whole = whole_rounds(data)
    assert (found.size, found.digest) == (len(whole), hashlib.sha256(whole).hexdigest())


def test_a_spool_that_broke_off_is_read_on_from_its_last_whole_round(copy: PartCopy) -> None:
    took(copy, 0, [trials(1, 2)[:-5]])
    assert copy.trials.read_bytes() == trials(1)
    size, digest = copy.state()
    assert digest == hashlib.sha256(trials(1)).hexdigest()
    assert took(copy, size, [lines(2)[:9].encode(), lines(2, 3)[9:-1].encode()]) == 1
    assert took(copy, copy.state()[0], [lines(3).encode()]) == 1
    assert copy.trials.read_bytes() == trials(1, 2, 3)
    assert PartCopy(copy.folder, "r1.m1", "m1").state() == copy.state()


def test_a_damaged_spool_is_refused_and_the_copy_stays(copy: PartCopy) -> None:
    took(copy, 0, [trials(1)])
    for damage in (trials(1) + b"a,b\n", trials(1) + lines(2).replace("2", "x").encode()):
        with pytest.raises(BadInputError, match=r"m1: its spool of r1\.m1 is damaged"):
            took(copy, 0, [damage])
    assert copy.trials.read_bytes() == trials(1)


def test_a_round_without_its_end_is_not_taken(copy: PartCopy) -> None:
    whole = trials(1, 2)
    for cut in range(len(trials(1)), len(whole)):
        assert whole_rounds(whole[:cut]) == trials(1)
    assert whole_rounds(whole) == whole
    assert whole_rounds(trials()) == trials()
    copy.trials.write_bytes(whole[:-5])
    assert ledger_of(PartCopy(copy.folder, "r1.m1", "m1").trials.read_bytes()).count == 1


def test_a_run_json_of_another_part_is_refused(copy: PartCopy) -> None:
    for text in (run_of("other"), "nothing", "[]"):
        with pytest.raises(BadInputError, match=r"sent a run\.json that is not of r1\.m1"):
            copy.note(text)


def test_a_spool_is_fetched_in_pieces_and_only_what_is_new(
    copy: PartCopy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spool = tmp_path / "spool" / "r1.m1"
    monkeypatch.setattr("runner.cluster.meeting.setting", lambda *_: str(tmp_path / "spool"))
    monkeypatch.setattr("runner.cluster.meeting.PIECE", 300)
    asked: list[tuple[str, int]] = []

    def ask(function: Any, part: str, name: str, begin: int, digest: str) -> Any:
        asked.append((name, begin))
        return function(part, name, begin, digest)

    with pytest.raises(BadInputError, match=r"its spool has no r1\.m1 any more"):
        fetch(ask, copy)
    (spool / "trials").mkdir(parents=True)
    (spool / "trials" / "m1.csv").write_bytes(trials(1, 2, 3))
    (spool / "run.json").write_text(run_of("r1.m1"))
    (spool / "probes.csv").write_text("answers\n")
    assert fetch(ask, copy) == 3
    assert copy.trials.read_bytes() == trials(1, 2, 3)
    assert (copy.folder / "probes.csv").read_text() == "answers\n"
    size = len(trials(1, 2, 3))
    (spool / "trials" / "m1.csv").write_bytes(trials(1, 2, 3, 4))
    asked.clear()
    assert fetch(ask, copy) == 1
    assert min(begin for name, begin in asked if name == "trials/m1.csv") == size
    new = PartCopy(tmp_path / "new", "r1.m1", "m1")
    (spool / "cells.csv").write_text("cells\n")
    assert fetch(ask, new) == 4
    assert (new.folder / "cells.csv").read_text() == "cells\n"
    assert spooled("other", "run.json", 0, "")["size"] == -1


def test_what_crosses_is_json_in_both_directions() -> None:
    asked = PartRequest(
        ask="measure",
        run="r",
        machine="m",
        source="matrix.yaml",
        text="axes: …\n",
        profile="",
        flags={"rounds": "5", "only": ["python=3.10"]},
        blocks=["a"],
        budget=1.5,
    )
    assert PartRequest.decoded(asked.encoded()) == asked
    assert "\n" not in asked.encoded()
    with pytest.raises(ValueError, match="strange"):
        PartRequest.decoded(asked.encoded().replace('"ask"', '"strange": 1, "ask"'))
    assert unpacked(packed(b"\x00\xff" * 50)) == b"\x00\xff" * 50


def test_a_session_is_in_run_json_before_its_rounds_are_in_the_trials(copy: PartCopy) -> None:
    newer = json.dumps({**HEAD, "run": "r1.m1", "sessions": [{"session": 1}]})
    size, _ = copy.state()

    def pieces() -> Iterator[bytes]:
        assert (copy.folder / "run.json").read_text() == newer
        yield lines(1).encode()

    assert copy.take(newer, size, pieces()) == 1
    with pytest.raises(BadInputError, match="its spool lacks rounds"):
        copy.take(run_of("r1.m1"), 0, [trials()])
    assert (copy.folder / "run.json").read_text() == newer, "both are replaced, or none"


def test_a_damaged_copy_is_refused_with_what_to_do(copy: PartCopy) -> None:
    copy.trials.write_bytes(trials(1) + b"nonsense\n")
    with pytest.raises(BadInputError, match=r"m1\.csv: holds lines that are not trials .*: remove"):
        PartCopy(copy.folder, "r1.m1", "m1")
