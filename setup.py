"""What pyproject.toml cannot say: a wheel holds files that lie beside the packages in a clone."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

DATA = ("matrix.yaml", "images/interpreter.Dockerfile")


class BuildPy(build_py):
    """Also copies DATA below ipcmatrix/data, where runner/shipped.py looks for it."""

    def run(self) -> None:
        """Build the packages; an editable installation finds the files in the clone."""
        super().run()
        if not self.editable_mode:
            for name in DATA:
                target = Path(self.build_lib) / "ipcmatrix" / "data" / name
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(Path(__file__).parent / name, target)


setup(cmdclass={"build_py": BuildPy})
