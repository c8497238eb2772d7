"""Clusters that Dask's own programs make: reached by a scheduler file, or started over SSH."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.machines import Cluster, Started, cluster, free_port, waited
from tests.small_runs import few_interpreters

pytestmark = [pytest.mark.machine, pytest.mark.timeout(300)]

EXAMPLE = Path(__file__).parents[2] / "docs" / "ssh_cluster.py"
SSHD = """\
ListenAddress 127.0.0.1
Port PORT
HostKey FOLDER/host
AuthorizedKeysFile FOLDER/user.pub
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
StrictModes no
PidFile none
"""
CLIENT = """\
Host 127.0.0.1
  Port PORT
  User root
  IdentityFile FOLDER/user
  IdentitiesOnly yes
  UserKnownHostsFile FOLDER/known_hosts
"""
SEPARATION = Path("/run/sshd")


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Cluster]:
    with cluster(tmp_path, rounds=5) as found:
        found.environment |= few_interpreters(tmp_path / "nobody")
        yield found


def test_a_scheduler_file_leads_to_dasks_own_programs(made: Cluster, tmp_path: Path) -> None:
    file = tmp_path / "scheduler.json"

    def dask(name: str, *more: object, **env: str) -> Started:
        own = made.keys / f"{name}.pem"
        tls = ("--tls-ca-file", made.keys / "ca.pem", "--tls-cert", own, "--tls-key", own)
        program = (sys.executable, "-m", f"distributed.cli.dask_{name}")
        given = ("--scheduler-file", file, "--no-dashboard", *tls)
        return made.program(name, *program, *given, *more, **env)

    dask("scheduler", "--protocol", "tls", "--host", "127.0.0.1", "--port", made.port)
    waited(file.exists)
    slot = ("--no-nanny", "--nthreads", "1", "--resources", "slot=1", "--memory-limit", "0")
    set_by = {"DASK_IPCMATRIX__SPOOL": str(made.spool_of("h1")), "DASK_IPCMATRIX__MACHINE": "h1"}
    dask("worker", *slot, "--local-directory", tmp_path / "dask", **set_by)
    driver = made.driver("driver", at=file)
    assert driver.ends() == 0, driver.said
    made.assert_same("h1")

    text = file.read_text()
    file.write_text(text.replace(f":{made.port}", f":{free_port()}"))
    gone = made.driver("gone", at=file)
    assert gone.ends() == 3
    assert f"--cluster {file}: nobody listens there" in gone.said


@pytest.fixture
def ssh(tmp_path: Path) -> Iterator[Path]:
    """Give a home from which SSH reaches this machine, by keys made for this, and by no others."""
    server = shutil.which("sshd", path="/usr/sbin:/usr/bin:/sbin")
    if server is None or os.geteuid() != 0:
        pytest.skip("needs root and sshd (openssh-server)")
    folder, port, ours = tmp_path / "home" / ".ssh", free_port(), not SEPARATION.exists()
    folder.mkdir(parents=True)
    for name in ("host", "user"):
        command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(folder / name)]
        subprocess.run(command, check=True)
    for name, text in (("sshd_config", SSHD), ("config", CLIENT)):
        filled = text.replace("PORT", str(port)).replace("FOLDER", str(folder))
        (folder / name).write_text(filled)
    key = " ".join((folder / "host.pub").read_text().split()[:2])
    (folder / "known_hosts").write_text(f"[127.0.0.1]:{port} {key}\n")
    SEPARATION.mkdir(mode=0o755, exist_ok=True)
    with (tmp_path / "sshd.log").open("wb") as log:
        process = subprocess.Popen(
            [server, "-D", "-e", "-f", str(folder / "sshd_config")], stderr=log
        )
    yield folder.parent
    process.terminate()
    process.wait()
    if ours:
        with suppress(OSError):  # another sshd uses it
            SEPARATION.rmdir()


@pytest.mark.ssh
def test_the_example_of_a_cluster_over_ssh(made: Cluster, ssh: Path) -> None:
    given = {"HOME": str(ssh), "DASK_IPCMATRIX__MACHINE": "h1"}
    given["DASK_IPCMATRIX__SPOOL"] = str(made.spool_of("h1"))
    hosts = ("127.0.0.1", "127.0.0.1")
    example = made.program("ssh", sys.executable, EXAMPLE, made.keys, *hosts, **given)
    address = waited(lambda: example.out.read_text().strip() or example.process.poll(), 60)
    assert isinstance(address, str), example.said
    assert address.startswith("tls://127.0.0.1:")
    driver = made.driver("driver", at=address)
    assert driver.ends() == 0, driver.said
    made.assert_same("h1")
    example.process.terminate()
    assert example.ends(30) == 0, example.said
