"""The archive: history as Parquet files, with Apache Arrow's library, which pyarrow brings.

The module _archive is loaded at the first use, never by `import factorwal`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, NamedTuple, cast

from . import _core
from ._errors import Unavailable
from ._progress import progress_bar

#: "zstd:3" and the like of each category, by the name of a preset.
_PRESETS = {"balanced": "zstd:3", "fast": "lz4", "compact": "zstd:12"}
_CATEGORIES = ("inputs", "factors", "bars", "states")


def load() -> Any:
    """The module _archive. Unavailable where it was not built, or its pyarrow is not there."""
    built = _core.arrow_version()
    if built is None:
        raise Unavailable("this factorwal was built without the archive (FACTORWAL_BUILD_ARCHIVE=OFF)")
    wanted = ".".join(built.split(".")[:2])
    cure = f"pip install 'pyarrow=={wanted}.*'"
    try:
        import pyarrow

        # It loads the libraries libarrow and libparquet, which _archive finds by their names.
        import_module("pyarrow.parquet")
    except ImportError as error:
        raise Unavailable(f"archives and Parquet files need pyarrow {wanted}: {cure}") from error
    if not pyarrow.__version__.startswith(wanted + "."):
        raise Unavailable(
            f"archives and Parquet files need pyarrow {wanted}, with which this factorwal was built; here is "
            f"{pyarrow.__version__}: {cure}"
        )
    return import_module("factorwal._archive")


def is_kept(directory: str) -> bool:
    """Whether there is an archive of this log, here or elsewhere."""
    places = ("ARCHIVED", os.path.join("archive", "MANIFEST.json"))
    return any(os.path.exists(os.path.join(directory, place)) for place in places)


def open_table(path: str, columns: Sequence[int]) -> object:
    """A Parquet or Arrow file as an Arrow stream in a capsule; _core calls it for the feed."""
    return load().open_table(path, columns)


class ArchiveReport(NamedTuple):
    """What a call of `archive` has done."""

    first_sequence: int  #: where it began
    archived_sequence: int  #: rows to here are in the archive, durably
    rows: int
    parts: int
    bytes: int  #: of the files that it has written
    compacted_days: int
    cut_records: int  #: retention cut them before they were archived
    findings: list[dict[str, Any]]  #: damage in the log: rows there are not archived


class ArchiveVerification(NamedTuple):
    """What `verify_archive` has found."""

    first_sequence: int
    archived_sequence: int
    files: int
    rows: int
    bytes: int
    compared_rows: int  #: with those of the log
    faults: list[tuple[str, str]]  #: file or range of sequences, and what is wrong there

    @property
    def intact(self) -> bool:
        return not self.faults


def _compressions(compression: str | Mapping[str, str]) -> dict[str, str]:
    if isinstance(compression, str):
        return dict.fromkeys(_CATEGORIES, _PRESETS.get(compression, compression))
    unknown = set(compression) - set(_CATEGORIES)
    if unknown:
        raise ValueError(f"compression: no category {sorted(unknown)[0]!r}; there are {', '.join(_CATEGORIES)}")
    return {**dict.fromkeys(_CATEGORIES, _PRESETS["balanced"]), **compression}


def archive(
    directory: str | os.PathLike[str],
    *,
    to: str | os.PathLike[str] | None = None,
    compression: str | Mapping[str, str] = "balanced",
    trading_day: str | None = None,
    part_bytes: int = 256 << 20,
    progress: bool | Callable[[int, int], object] | None = None,
) -> ArchiveReport:
    """Archives the durable rows of a log that are not archived yet, as sorted Parquet files, and
    compacts days; also beside a live engine, which neither waits nor knows. From the first call on,
    retention keeps what is not archived.

    to: the archive's directory; without, `archive` in the data directory. compression: "balanced"
    (ZSTD 3), "fast" (LZ4), "compact" (ZSTD 12), a codec ("none", "snappy", "lz4", "zstd:9"), or codecs
    by category: inputs, factors, bars, states. trading_day: when the day of a folder begins, e.g. "18:00
    Asia/Shanghai"; without, as the archive has it, and in a new one in UTC. part_bytes: of rows that
    one commit holds in memory, about. progress: whether a bar is shown (without, on a terminal or in a
    notebook, after a second), or a function that is called after each commit, in another thread, with
    the archived sequence and the last one that there is.

    It may be killed at any point: the next call goes on. Ctrl-C ends the wait at once, and the run after
    the part that it is writing: the archive is Locked until then. Any thread; without the GIL.

    Unavailable (pyarrow is not there), NotFound (no log), Locked (another archiver is at work),
    Corruption (the manifest is damaged, or the archive is of a later state of the log), Storage.
    """
    own = progress if callable(progress) else None
    with progress_bar("archive", None, False if own else cast("bool | None", progress), " records") as bar:

        def show(archived: int, last: int) -> None:
            if bar is not None:
                bar("", archived, last)

        done = load().archive_once(
            os.path.abspath(directory),
            "" if to is None else os.path.abspath(to),
            **_compressions(compression),
            trading_day=trading_day,
            part_bytes=part_bytes,
            progress=own or show,
        )
    return ArchiveReport(**done)


def verify_archive(
    directory: str | os.PathLike[str],
    *,
    archive: str | os.PathLike[str] | None = None,
    compare: bool = True,
) -> ArchiveVerification:
    """Reads all of a log's archive: checksums, counts, order, sequences; and compares every row that
    the log still has. Reads only, in flat memory; Ctrl-C ends it.

    directory: of the log. archive: where its archive is; without, `archive` in it. compare=False:
    without the log's rows.

    NotFound where there is no archive; damage is no exception, but in `faults`.
    """
    log = os.path.abspath(directory)
    place = os.path.join(log, "archive") if archive is None else os.path.abspath(archive)
    return ArchiveVerification(**load().verify_archive(place, log if compare else None))
