"""The verb `export kubernetes`: a matrix as an Indexed Job, a shard on each node."""

import json
import math
import re
import sys
from pathlib import Path

import yaml

from runner import output
from runner.errors import BadInputError
from runner.pipeline.reading import Request, read_matrix

_TEMPLATE = Path(__file__).parent / "kubernetes" / "job.yaml"
_LABEL = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,48}[a-z0-9])?")
"""A name that Kubernetes accepts, short enough for the suffixes that it and we append."""
_DEADLINE = 4 * 3600
"""Seconds after which a Job ends at the earliest; with fewer nodes than shards some wait long."""
_IMAGE = re.compile(r"[a-z0-9][\w.:/-]{0,200}(?:@sha256:[0-9a-f]{64})?", re.ASCII)


def export_kubernetes(
    *,
    shards: int,
    image: str,
    claim: str,
    name: str,
    budget: str,
    cpus: int,
    matrix: Path | None,
    profile: str | None,
) -> int:
    """Print the manifest; BadInputError where the matrix or a name cannot be used."""
    read = read_matrix(Request(matrix=matrix, profile=profile, budget=budget))
    if read.files:
        message = (
            f"{read.source}: takes {read.files[0].path}, a file of your own, which pods do not "
            "have: measure it by --shard or --cluster"
        )
        raise BadInputError(message)
    for flag, given in (("--claim", claim), ("--name", name)):
        if not _LABEL.fullmatch(given):
            message = f"{flag} {given!r}: Kubernetes takes small letters, digits and -, at most 50"
            raise BadInputError(message)
    if not _IMAGE.fullmatch(image):
        message = (
            f"--image {image!r}: not an image name: give one such as registry.example/ipcmatrix:1.0"
        )
        raise BadInputError(message)
    words = ["run", "--matrix", "/config/matrix.yaml", *(["--profile", profile] if profile else [])]
    words += ["--executor", "local", "--shard-index", "$(SHARD)", "--shards", str(shards)]
    words += ["--machine", "boot", "--budget", budget, "--no-report", "--resume-or-begin"]
    words += ["--out", "/results"]
    known = {
        "NAME": name,
        "SHARDS": str(shards),
        "IMAGE": json.dumps(image),
        "ARGS": json.dumps(words),
        "CLAIM": claim,
        "CPUS": str(cpus),
        "DEADLINE": str(max(_DEADLINE, math.ceil(8 * (read.measure.budget or 0)))),
        "MATRIX": _block(read.text),
    }
    template = _TEMPLATE.read_text("utf-8")
    output.data(re.sub("@([A-Z]+)@", lambda found: known[found[1]], template))
    return 0


def _block(text: str) -> str:
    """Return a text as YAML below a key that is indented by two; unchanged if possible."""
    if re.search(r"[^\S\n]$|^[^\S ]|\t|[^\n -~\xa0-\ud7ff]|\A\n|\n\n\Z", text, re.MULTILINE):
        return yaml.safe_dump(text, default_style='"', width=sys.maxsize).strip()
    lines = text.splitlines()
    ending = "" if text.endswith("\n") else "-"
    return "\n".join([f"|2{ending}", *(f"    {line}" if line else "" for line in lines)])
