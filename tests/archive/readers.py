"""Reads an archive with DuckDB, polars, pandas and pyarrow as their users do, and compares every bit
of `ticks` and `updates` with what `factorwal query` printed as CSV and as Parquet; then asks each
reader for rows by factor, input, instrument, time and sequence, and compares them with the same
filter over rows in memory, where no statistics rule anything out.

usage: readers.py ARCHIVE QUERIED [--late]

QUERIED holds ticks.csv, ticks.parquet, updates.csv, updates.parquet. No reader gets an option beyond
the path. --late: the archive has factors that came later; then DuckDB gets union_by_name, which
views.sql has too, and polars missing_columns; without them both must refuse.
"""

import os
import sys

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.dataset as ds
import pyarrow.parquet as pq

OPERATORS = {"=": "__eq__", ">": "__gt__", ">=": "__ge__", "<": "__lt__", "<=": "__le__"}


class Filter:
    """Conditions that all hold: (column, operator, value), with null, there and in as operators."""

    def __init__(self, *conditions):
        self.conditions = conditions

    def __str__(self):
        return " and ".join(f"{name} {op} {value}" for name, op, value in self.conditions)

    def _all(self, one):
        parts = [one(*condition) for condition in self.conditions]
        whole = parts[0]
        for part in parts[1:]:
            whole = whole & part
        return whole

    def arrow(self):
        def one(name, op, value):
            field = pc.field(name)
            if op == "null":
                return field.is_null()
            if op == "there":
                return field.is_valid()
            if op == "in":
                return field.isin(value)
            if name == "timestamp":
                value = pa.scalar(value, pa.timestamp("ns", "UTC"))
            return getattr(field, OPERATORS[op])(value)

        return self._all(one)

    def polars(self):
        def one(name, op, value):
            column = pl.col(name)
            if op == "null":
                return column.is_null()
            if op == "there":
                return column.is_not_null()
            if op == "in":
                return column.is_in(value)
            if name == "timestamp":
                value = pl.lit(value).cast(pl.Datetime("ns", "UTC"))
            return getattr(column, OPERATORS[op])(value)

        return self._all(one)

    def sql(self):
        def text(name, value):
            if name == "timestamp":
                return f"'{pd.Timestamp(value, unit='ns')}+00'::TIMESTAMPTZ_NS"
            if isinstance(value, float):
                return f"'{value!r}'::DOUBLE"
            return repr(value)

        def one(name, op, value):
            if op == "null":
                return f'"{name}" IS NULL'
            if op == "there":
                return f'"{name}" IS NOT NULL'
            if op == "in":
                return f'"{name}" IN ({", ".join(text(name, v) for v in value)})'
            return f'"{name}" {op} {text(name, value)}'

        return " AND ".join(one(*condition) for condition in self.conditions)


class DuckDb:
    """As `tables` are named in SQL."""

    def __init__(self, table, directory=None):
        self.connection = duckdb.connect()
        self.table = table
        if directory is not None:
            os.chdir(directory)
            with open("views.sql", encoding="utf-8") as views:
                self.connection.execute(views.read())

    def read(self, wanted=None):
        where = "" if wanted is None else f" WHERE {wanted.sql()}"
        return self.connection.sql(f"SELECT * FROM {self.table}{where}").to_arrow_table()


class Polars:
    def __init__(self, folder, **options):
        self.scan = lambda: pl.scan_parquet(folder, **options)

    def read(self, wanted=None):
        scan = self.scan()
        return (scan if wanted is None else scan.filter(wanted.polars())).collect().to_arrow()


class Pandas:
    def __init__(self, folder):
        self.folder = folder

    def read(self, wanted=None):
        frame = pd.read_parquet(self.folder, filters=None if wanted is None else wanted.arrow())
        return pa.Table.from_pandas(frame, preserve_index=False)


class PyArrow:
    def __init__(self, folder):
        self.dataset = ds.dataset(folder, partitioning="hive")

    def read(self, wanted=None):
        return self.dataset.to_table(filter=None if wanted is None else wanted.arrow())


def bits(column):
    """A column as texts or whole numbers, so that equal means the same bits and the same nulls."""
    column = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if pa.types.is_dictionary(column.type):
        column = column.dictionary_decode()
    if pa.types.is_floating(column.type):
        return column.view(pa.int64())
    if pa.types.is_timestamp(column.type):
        assert column.type.unit == "ns" and column.type.tz is not None, column.type
        return column.view(pa.int64())
    if pa.types.is_integer(column.type):
        return column
    return column.cast(pa.string())


def rows_of(table, names):
    """The named columns in order of sequence; each sequence once, and no NaN beside null."""
    missing = [name for name in names if name not in table.column_names]
    assert not missing, f"no column {missing}"
    table = table.select(names).sort_by("sequence")
    for name in names:
        if pa.types.is_floating(table[name].type):
            assert not pc.any(pc.is_nan(table[name])).as_py(), f"{name} has NaN"
    sequences = table["sequence"].combine_chunks()
    assert len(pc.unique(sequences)) == len(sequences), "a sequence is there twice"
    return pa.table({name: bits(table[name]) for name in names})


def expect_equal(found, expected, what):
    assert found.num_rows == expected.num_rows, (
        f"{what}: {found.num_rows} rows, not {expected.num_rows}")
    for name in expected.column_names:
        if found[name].equals(expected[name]):
            continue
        for i, (a, b) in enumerate(zip(found[name], expected[name])):
            assert a.equals(b), f"{what}: {name}, row {i}: {a}, not {b}"
        raise AssertionError(f"{what}: {name} is {found[name].type}")


def check_csv(path, expected):
    """`query --format csv`: a column for each factor; of updates, the row's own has the value."""
    columns = pa.csv.open_csv(path).schema.names
    types = {name: pa.float64() for name in columns}
    types.update(instrument_id=pa.string(), timestamp_ns=pa.int64(), sequence=pa.uint64())
    table = pa.csv.read_csv(path, convert_options=pa.csv.ConvertOptions(
        column_types=types, null_values=[""], strings_can_be_null=False))
    table = table.sort_by("sequence")
    values = {}
    if "factor_id" in expected.column_names:
        sums = pa.nulls(table.num_rows, pa.float64())
        for name in columns[3:]:
            own = pc.equal(expected["factor_id"].combine_chunks(), name)
            cells = table[name].combine_chunks()
            assert not pc.any(pc.and_(cells.is_valid(), pc.invert(own))).as_py(), name
            sums = pc.if_else(own, cells, sums)
        values["value"] = sums
    for name in expected.column_names:
        if name in ("factor_id", "value"):
            continue
        values[name] = table["timestamp_ns" if name == "timestamp" else name].combine_chunks()
    for name in set(columns[3:]) - set(values):
        assert "value" in values or table[name].null_count == table.num_rows, f"{name}: not asked for"
    found = pa.table({name: bits(values[name]) for name in values})
    expect_equal(found, expected.select(found.column_names), path)


def quantile(values, part):
    return pc.quantile(pc.drop_null(values), part, interpolation="nearest")[0].as_py()


def filters_of(table):
    """Filters over all columns of rows in order of sequence; most of them have rows."""
    first = table.num_rows // 3
    instrument = table["instrument_id"][first].as_py()
    other = table["instrument_id"][first + 1].as_py()
    times = table["timestamp"].cast(pa.int64())
    begin, end = times[first].as_py(), times[first + table.num_rows // 50].as_py()
    sequence = table["sequence"][first].as_py()
    span = (("timestamp", ">=", begin), ("timestamp", "<", end))
    yield Filter(("instrument_id", "=", instrument))
    yield Filter(("instrument_id", "in", [instrument, other]))
    yield Filter(("instrument_id", "=", "nobody"))
    yield Filter(*span)
    yield Filter(("timestamp", "=", begin))
    yield Filter(("timestamp", "null", None))
    yield Filter(("instrument_id", "=", instrument), *span)
    yield Filter(("sequence", ">=", sequence), ("sequence", "<", sequence + 100))
    for name in table.column_names:
        if not pa.types.is_floating(table[name].type):
            if name == "factor_id":
                yield Filter((name, "=", table[name][0].as_py()))
            continue
        middle, high = quantile(table[name], 0.5), quantile(table[name], 0.999)
        bounds = pc.min_max(table[name])
        yield Filter((name, ">", high))
        yield Filter((name, "=", high))
        yield Filter((name, ">=", bounds["max"].as_py()))
        yield Filter((name, "<=", bounds["min"].as_py()))
        yield Filter((name, "<", bounds["min"].as_py()))
        yield Filter((name, "=", 0.0))
        yield Filter((name, "=", -0.0))
        yield Filter((name, "<", 0.0))
        yield Filter((name, "null", None))
        yield Filter((name, "there", None))
        yield Filter((name, "<", middle), ("instrument_id", "=", instrument), *span)
        yield Filter((name, "null", None), ("instrument_id", "=", other))


def check_readers(name, readers, expected, table):
    """`table`: the rows that `expected` has the bits of. The views are asked for all rows only."""
    names = expected.column_names
    extra = {"day"} if name == "updates" else {"day", "ordinal", "counted"}
    for reader_name, reader in readers.items():
        what = f"{reader_name}: {name}"
        read = reader.read()
        assert set(read.column_names) == set(names) | extra, f"{what}: {read.column_names}"
        expect_equal(rows_of(read, names), expected, what)
        print(f"{what}: {expected.num_rows} rows of {len(names)} columns")
    asked = [one for one in readers.items() if one[0] != "views.sql"]
    filters, with_rows, found = 0, 0, 0
    for wanted in filters_of(table):
        rows = rows_of(table.filter(wanted.arrow()), names)
        for reader_name, reader in asked:
            what = f"{reader_name}: {name} where {wanted}"
            expect_equal(rows_of(reader.read(wanted), names), rows, what)
        filters += 1
        with_rows += rows.num_rows > 0
        found += rows.num_rows
    assert with_rows > filters // 2
    print(f"{', '.join(one[0] for one in asked)}: {name}: {filters} filters, {found} rows")


def expect_refusal(reader, what):
    try:
        reader.read()
    except (duckdb.Error, pl.exceptions.PolarsError):
        return
    raise AssertionError(f"{what}: reads files of fewer columns without an option")


def main():
    archive, queried = sys.argv[1:3]
    late = "--late" in sys.argv[3:]
    for name in ("ticks", "updates"):
        folder = f"{archive}/{name}"
        files = f"read_parquet('{folder}/**/*.parquet'"
        table = pq.read_table(f"{queried}/{name}.parquet")
        expected = rows_of(table, table.column_names)
        check_csv(f"{queried}/{name}.csv", expected)
        readers = {"duckdb": DuckDb(files + ")"), "polars": Polars(folder)}
        if late and name == "ticks":
            for reader_name, reader in readers.items():
                expect_refusal(reader, reader_name)
            readers = {
                "duckdb": DuckDb(files + ", union_by_name = true)"),
                "polars": Polars(folder, missing_columns="insert"),
            }
        readers["pandas"] = Pandas(folder)
        readers["pyarrow"] = PyArrow(folder)
        readers["views.sql"] = DuckDb(name, archive)
        check_readers(name, readers, expected, table.sort_by("sequence"))


main()
