"""gunicorn's settings on a clinic's server: `gunicorn --config deploy/gunicorn.conf.py mesoclinic.wsgi`."""

import os
import shutil
from pathlib import Path

from prometheus_client import multiprocess

bind = os.environ.get("BIND", "127.0.0.1:8000")
workers = int(os.environ.get("WEB_WORKERS", "3"))
threads = int(os.environ.get("WEB_THREADS", "4"))
# A worker is renewed now and then, so that what it holds does not grow for ever.
max_requests = 2000
max_requests_jitter = 200
# No request takes longer: the database's own limits end it before (mesoclinic/core/time_limits.py).
timeout = 130
graceful_timeout = 30
# Its heartbeat files: in memory, and writable where everything else is read-only.
worker_tmp_dir = "/dev/shm"
control_socket_disable = True

_METRICS = os.environ.get("PROMETHEUS_MULTIPROC_DIR")


def on_starting(server):
    """Called once: the figures of processes that are gone count no more."""
    if _METRICS:
        shutil.rmtree(_METRICS, ignore_errors=True)
        Path(_METRICS).mkdir(parents=True, mode=0o700)


def child_exit(server, worker):
    """Called for each worker that ends: its figures stay counted."""
    if _METRICS:
        multiprocess.mark_process_dead(worker.pid)
