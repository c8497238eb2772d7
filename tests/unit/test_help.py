"""The help of every verb: whole sentences, at every width."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from runner.cli import commands


def groups(group: click.Group, *words: str) -> Iterator[tuple[tuple[str, ...], click.Group]]:
    """Yield every group with the words that name it."""
    yield words, group
    for name, one in group.commands.items():
        if isinstance(one, click.Group):
            yield from groups(one, *words, name)


@pytest.mark.parametrize("width", [60, 80, 120])
def test_a_list_of_verbs_has_their_whole_first_sentences(width: int) -> None:
    for words, group in groups(commands):
        shown = CliRunner().invoke(commands, [*words, "--help"], terminal_width=width)
        assert shown.exit_code == 0
        text = " ".join(shown.output.partition("\nCommands:\n")[2].split())
        visible = [one for one in group.commands.values() if not one.hidden]
        assert visible
        for one in visible:
            sentence = " ".join(str(one.help).partition("\n\n")[0].split())
            assert f"{one.name} {sentence.partition('. ')[0].rstrip('.')}." in text
        assert max(map(len, shown.output.splitlines())) <= width


def test_a_hidden_verb_is_not_listed() -> None:
    shown = CliRunner().invoke(commands, ["--help"])
    assert "\n  part " not in shown.output
    assert "\n  plan " in shown.output
