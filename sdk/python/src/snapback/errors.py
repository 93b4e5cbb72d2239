"""What goes wrong, as exceptions. All are `SnapbackError`s."""

from __future__ import annotations

from collections.abc import Mapping

from .models import DeploymentDetails, FieldError, ItemRestore, Problem, RollbackLog, SnapshotDetails, SnapshotExport


class SnapbackError(Exception):
    """The service refused a request; the classes below it say what else there is."""

    #: The HTTP status; `None` when no answer came.
    status: int | None = None
    #: The stable name of the problem, for programs. `None` when it was not the service that answered. A newer service
    #: may have codes that this client has not heard of.
    code: str | None = None
    #: The whole of what the service says, with `reasons` and `resource` where it has them.
    problem: Problem | None = None
    #: How many seconds the answer asks to wait before the next try.
    retry_after: float | None = None
    #: Whether what was asked for may have been done all the same.
    outcome_unknown: bool = False

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        #: What is wrong and what to do about it, in a sentence.
        self.detail = detail

    @property
    def fields(self) -> list[FieldError]:
        """On 422, each parameter or property that is wrong."""
        return (self.problem.errors if self.problem else None) or []

    @property
    def request_id(self) -> str | None:
        """The id under which the service logged the request."""
        return self.problem.request_id if self.problem else None

    @property
    def trace_id(self) -> str | None:
        """The trace that the request belongs to, where there is one."""
        return self.problem.trace_id if self.problem else None

    def __reduce__(self) -> tuple[object, ...]:
        # The usual way would call __init__, whose arguments are not all kept. An error has to come out of another process.
        return (_revived, (type(self), self.args, dict(self.__dict__)))


class NoAnswerError(SnapbackError):
    """No answer came. `outcome_unknown` says whether what was asked for may have been done."""


class SnapbackTimeoutError(NoAnswerError):
    """No answer came in time."""


class SnapshotFailedError(SnapbackError):
    """A snapshot that was waited for has ended, and is not completed."""

    def __init__(self, detail: str, snapshot: SnapshotDetails) -> None:
        super().__init__(detail)
        self.snapshot = snapshot


class RollbackFailedError(SnapbackError):
    """A rollback that was waited for has ended, and is not completed."""

    def __init__(self, detail: str, log: RollbackLog) -> None:
        super().__init__(detail)
        self.log = log


class ItemRestoreFailedError(SnapbackError):
    """Nothing was taken out of a snapshot, or what was could not be taken back."""

    def __init__(self, detail: str, item_restore: ItemRestore) -> None:
        super().__init__(detail)
        self.item_restore = item_restore


class ExportFailedError(SnapbackError):
    """The export that was waited for has failed, or its file was removed."""

    def __init__(self, detail: str, export: SnapshotExport) -> None:
        super().__init__(detail)
        self.export = export


class GateClosedError(SnapbackError):
    """The gate of a deployment is closed: do not deploy. `detail` says why."""

    def __init__(self, detail: str, deployment: DeploymentDetails) -> None:
        super().__init__(detail)
        self.deployment = deployment


class DeploymentEndedError(SnapbackError):
    """The key is that of a deployment that has ended: it had its snapshot then, and there is none of now."""

    def __init__(self, detail: str, deployment: DeploymentDetails) -> None:
        super().__init__(detail)
        self.deployment = deployment


def _revived(kind: type[SnapbackError], arguments: tuple[object, ...], state: Mapping[str, object]) -> SnapbackError:
    error = kind.__new__(kind, *arguments)
    error.__dict__.update(state)
    return error
