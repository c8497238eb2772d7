"""Workers on machines that SSH reaches, by Dask's SSHCluster; a scheduler on the first of them.

    pip install 'ipcmatrix[cluster]' asyncssh
    python ssh_cluster.py keys/ 10.0.0.5 10.0.0.5 10.0.0.6 10.0.0.7

The hosts' names are as in ~/.ssh/config and ~/.ssh/known_hosts; keys/ is there on each of them, in
the same place. Ctrl-C ends all.
"""

import signal
import sys
from pathlib import Path

import dask
from distributed import SSHCluster

from runner.cluster.connection import prepare_dask


def main(keys: Path, *hosts: str) -> None:
    """Start the scheduler and the workers, say where they are, and wait."""
    prepare_dask()  # Dask's settings that keep an idle worker from using 4 % of a core
    files = {
        f"distributed.comm.tls.{role}.{kind}": str(keys / f"{role}.pem")
        for role in ("scheduler", "worker", "client")
        for kind in ("cert", "key")
    }
    files["distributed.comm.tls.ca-file"] = str(keys / "ca.pem")
    # SSHCluster takes these settings to every host.
    dask.config.set({**files, "distributed.comm.require-encryption": True})
    with SSHCluster(
        list(hosts),
        scheduler_options={"protocol": "tls://", "host": hosts[0], "dashboard": False},
        worker_class="distributed.Worker",  # no nanny
        worker_options={
            "nthreads": 1,
            "resources": {"slot": 1},
            "memory_limit": 0,
            "dashboard": False,
        },
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        signal.sigwait({signal.SIGINT, signal.SIGTERM})


if __name__ == "__main__":
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    main(Path(sys.argv[1]).resolve(), *sys.argv[2:])
