"""Snapback: an undo button for deployment platforms.

from snapback import Snapback

snapback = Snapback("https://snapback.internal", token)
snapshot = snapback.snapshots.create(environment_id, label="before 17.0")
snapback.snapshots.wait_for(environment_id, snapshot.id)
"""

from . import models
from ._version import __version__
from .absent import ABSENT, Absent
from .client import AsyncSnapback, Snapback
from .errors import (
    DeploymentEndedError,
    ExportFailedError,
    GateClosedError,
    ItemRestoreFailedError,
    NoAnswerError,
    RollbackFailedError,
    SnapbackError,
    SnapbackTimeoutError,
    SnapshotFailedError,
)

__all__ = [
    "ABSENT",
    "Absent",
    "AsyncSnapback",
    "DeploymentEndedError",
    "ExportFailedError",
    "GateClosedError",
    "ItemRestoreFailedError",
    "NoAnswerError",
    "RollbackFailedError",
    "Snapback",
    "SnapbackError",
    "SnapbackTimeoutError",
    "SnapshotFailedError",
    "__version__",
    "models",
]
