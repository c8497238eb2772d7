"""The stages in order, a function a verb: the only room that knows two stages."""

from runner.pipeline.comparing import compare
from runner.pipeline.init import init
from runner.pipeline.inspecting import check, clean, doctor, print_schema, show_plan
from runner.pipeline.reporting import report
from runner.pipeline.running import run
from runner.pipeline.selftesting import selftest
from runner.pipeline.stocking import build_images, list_images, prune_images

__all__ = [
    "build_images",
    "check",
    "clean",
    "compare",
    "doctor",
    "init",
    "list_images",
    "print_schema",
    "prune_images",
    "report",
    "run",
    "selftest",
    "show_plan",
]
