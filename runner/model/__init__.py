"""The frozen values that cross from one stage to the next."""

from runner.model.catalogue import Catalogue
from runner.model.cells import (
    AUTO,
    AXES,
    FOUND,
    IN_CONTAINERS,
    Arm,
    Block,
    Cell,
    Plan,
    PlannedCell,
    Status,
    python_name,
    python_order,
)
from runner.model.places import Capabilities, Entry, Image, Interpreter, Rule
from runner.model.settings import NEEDED, Compare, Images, Limits, Matrix, Measure, too_large
from runner.model.trials import Conditions, History, PastRound, ProbeAnswer, Record, Row, Trial

__all__ = [
    "AUTO",
    "AXES",
    "FOUND",
    "IN_CONTAINERS",
    "NEEDED",
    "Arm",
    "Block",
    "Capabilities",
    "Catalogue",
    "Cell",
    "Compare",
    "Conditions",
    "Entry",
    "History",
    "Image",
    "Images",
    "Interpreter",
    "Limits",
    "Matrix",
    "Measure",
    "PastRound",
    "Plan",
    "PlannedCell",
    "ProbeAnswer",
    "Record",
    "Row",
    "Rule",
    "Status",
    "Trial",
    "python_name",
    "python_order",
    "too_large",
]
