"""Delimited text of every make: what one reader of records says is in it, whichever engine reads it."""

from __future__ import annotations

import contextlib
import csv
import gzip
import io
import warnings
import zipfile
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import box

from socharm.errors import DataWarning, RefusedError, SchemaError, SocharmError
from socharm.io.incidents import text_file
from socharm.io.incidents.count import count_incidents
from socharm.io.incidents.reading import read_incidents
from socharm.io.incidents.records import Counts
from socharm.io.incidents.rectangle import is_rectangle
from socharm.io.incidents.splitting import last_record_end, split_records

HEADER = "Ref,Date,Offence,Easting,Northing,Note"


def areas() -> gpd.GeoDataFrame:
    index = pd.Index(["A"], name="area_code")
    return gpd.GeoDataFrame(
        {"name": ["Ay"]}, index=index, geometry=[box(425_000, 560_000, 426_000, 561_000)], crs=27700
    )


def line(number: int, note: str = "x") -> str:
    return f"R{number},2025-04-{number % 28 + 1:02d},Burglary,425500,560500,{note}"


def text(rows: int = 4, *, end: str = "\n", notes: dict[int, str] | None = None) -> str:
    lines = [HEADER, *(line(number, (notes or {}).get(number, "x")) for number in range(1, rows + 1))]
    return end.join(lines) + end


def counted(path: Path, **options: object) -> Counts:
    return count_incidents(read_incidents(path, columns={"id": "Ref"}, **options), areas())  # type: ignore[arg-type]


def used(path: Path, **options: object) -> int:
    counts = counted(path, **options)
    assert counts.rows_read == counts.accounting["rows"].sum()
    return int(counts.accounting["rows"]["used"])


#: Files that hold four burglaries, however they are written.
FOUR: dict[str, bytes] = {
    "plain": text().encode(),
    "no line end at the end": text().rstrip().encode(),
    "crlf": text(end="\r\n").encode(),
    "cr alone": text(end="\r").encode(),
    "cr alone, no end": text(end="\r").rstrip().encode(),
    "mixed line ends": text().replace("\n", "\r\n", 2).encode(),
    "lf and cr mixed": text().replace("\n", "\r", 2).encode(),
    "cr and quotation marks": text(end="\r", notes={2: '"a, b"'}).encode(),
    "byte order mark": b"\xef\xbb\xbf" + text().encode(),
    "byte order mark and cr": b"\xef\xbb\xbf" + text(end="\r").encode(),
    "utf-16 le": text(notes={1: "Café"}).encode("utf-16"),
    "utf-16 be": b"\xfe\xff" + text().encode("utf-16-be"),
    "utf-16 crlf": text(end="\r\n").encode("utf-16"),
    "utf-32": text().encode("utf-32"),
    "latin-1": text(notes={1: "Caf\xe9"}).encode("latin-1"),
    "cp1252": text(notes={1: "\u2019"}).encode("cp1252"),
    "utf-8": text(notes={1: "\u2019\U0001f600"}).encode(),
    "semicolons": text().replace(",", ";").encode(),
    "tabs": text().replace(",", "\t").encode(),
    "bars": text().replace(",", "|").encode(),
    "sep line": ("sep=;\n" + text().replace(",", ";")).encode(),
    "sep line crlf": ("sep=;\r\n" + text(end="\r\n").replace(",", ";")).encode(),
    "sep line quoted": ('"sep=,"\n' + text()).encode(),
    "sep line cr": ("SEP=;\r" + text(end="\r").replace(",", ";")).encode(),
    "sep tab": ("sep=\t\n" + text().replace(",", "\t")).encode(),
    "sep caret": ("sep=^\n" + text().replace(",", "^")).encode(),
    "blank lines on top": ("\n\n\r\n" + text()).encode(),
    "blank lines at the end": (text() + "\n\n\n").encode(),
    "blank lines between": text().replace("\n", "\n\n").encode(),
    "lines of blanks": (text() + "   \n").encode(),
    "lines of commas": (text() + ",,,,,\n" * 3).encode(),
    "title above": ("Crime extract 2025\n\n" + text()).encode(),
    "title above with commas": ("Extract, Northumbria, made, on, Monday, early\n" + text()).encode(),
    "title above in cells": ("Crime extract 2025,,,,,\nprinted 1 May,,,,,\n" + text()).encode(),
    "header quoted": text().replace(HEADER, ",".join(f'"{name}"' for name in HEADER.split(","))).encode(),
    "everything quoted": "\n".join(",".join(f'"{c}"' for c in row.split(",")) for row in text().splitlines()).encode(),
    "header with a line break": text().replace("Note", '"Note\nof the\nday"').encode(),
    "header with crlf in it": text(end="\r\n").replace("Note", '"Note\r\nof the day"').encode(),
    "header with separators": text().replace("Note", '"Note (a;b;c;d;e;f;g;h)"').encode(),
    "header with blanks": text().replace(",", " , ", 5).encode(),
    "comma in quotation marks": text(notes={2: '"a, b"'}).encode(),
    "line break in quotation marks": text(notes={2: '"a\nb\n\nc"'}).encode(),
    "doubled quotation marks": text(notes={2: '"5"" pipe"'}).encode(),
    "stray quotation mark": text(notes={2: '5" pipe'}).encode(),
    "stray marks in many rows": text(notes=dict.fromkeys(range(1, 5), '5" pipe')).encode(),
    "stray mark and a quoted comma": text(notes={1: '5" pipe', 3: '"a, b"'}).encode(),
    "mark at the end": text(notes={2: 'pipe 5"'}).encode(),
    "text behind a closing mark": text(notes={2: '"The Grange" pub'}).encode(),
    "empty quoted": text(notes={2: '""'}).encode(),
    "only a pair of marks": text(notes={2: '""""'}).encode(),
    "empty columns at the end": "\n".join(row + ",,," for row in text().splitlines()).encode() + b"\n",
    "empty columns, header only": text().replace(HEADER, HEADER + ",,,").encode(),
    "one empty column": "\n".join(row + "," for row in text().splitlines()).encode(),
    "empty columns of blanks": "\n".join(row + ", , " for row in text().splitlines()).encode(),
    "empty columns and cr": "\r".join(row + ",,," for row in text().splitlines()).encode(),
    "unicode line separator in a note": text(notes={2: "a\u2028b"}).encode(),
    "form feed in a note": text(notes={2: "a\x0cb"}).encode(),
    "next line in a note": text(notes={2: "a\x85b"}).encode(),
    "formulas": text(notes={2: "'=1+1"}).encode(),
    "control characters": text(notes={2: "\x01\x1b[31m"}).encode(),
    "headers in capitals": text().replace(HEADER, HEADER.upper()).encode(),
    "quoted text that another separator would open": text(notes={2: '"a;""b"";""c"'}).encode(),
    "long note": text(notes={2: "y" * 300_000}).encode(),
}


@pytest.mark.filterwarnings("ignore::socharm.errors.DataWarning")
@pytest.mark.parametrize("name", FOUR)
def test_four_burglaries_however_they_are_written(tmp_path: Path, name: str) -> None:
    columns = {"id": "REF"} if "capitals" in name else {"id": "Ref"}
    (tmp_path / "x.csv").write_bytes(FOUR[name])
    incidents = read_incidents(tmp_path / "x.csv", columns=columns)
    counts = count_incidents(incidents, areas())
    assert counts.accounting["rows"].to_dict()["used"] == counts.rows_read == 4
    assert counts.offences == ["burglary"]
    assert incidents.frame.select("offence").collect()["offence"].drop_nulls().to_list() == ["Burglary"] * 4


@pytest.mark.parametrize("name", [name for name in FOUR if not name.startswith("utf-16")])
@pytest.mark.filterwarnings("ignore::socharm.errors.DataWarning")
def test_packed_files_are_read_as_unpacked_ones(tmp_path: Path, name: str) -> None:
    columns = {"id": "REF"} if "capitals" in name else {"id": "Ref"}
    (tmp_path / "x.csv.gz").write_bytes(gzip.compress(FOUR[name]))
    assert count_incidents(read_incidents(tmp_path / "x.csv.gz", columns=columns), areas()).rows_read == 4


#: Faulty files: what is in them, and what the message says.
FAULTY: dict[str, tuple[bytes, str]] = {
    "unquoted comma": (text(notes={2: "a, b"}).encode(), "row 3 has 7"),
    "unquoted commas": (text(notes={2: "a, b", 4: "a,b,c"}).encode(), r"2 rows .*row 3 has 7, row 5 has 8"),
    "unquoted comma and an empty end": (text(notes={2: "a,"}).encode(), "row 3 has 7"),
    "short and long": (text(notes={1: "a, b"}).replace(",x", "", 1).encode(), "row 2 has 7"),
    "open mark in the middle": (text(notes={2: '"open'}).encode(), "opens in row 3 and is not closed"),
    "open mark at the end": (text(notes={4: '"open'}).encode(), "opens in row 5 and is not closed"),
    "open mark at the start": (text().replace("R1,", '"R1,').encode(), "opens in row 2 and is not closed"),
    "open mark that a later one seems to close": (
        text(notes={2: '"open', 4: '"a, b"'}).encode(),
        "opens in row 3 and is not closed",
    ),
    "open mark in the header": (text().replace("Note", '"Note').encode(), "opens in row 1 and is not closed"),
    "cut in the middle of a row": (text()[:-12].encode(), "ends in the middle of row 5: it has 4 of 6"),
    "cut in the first field": (text().encode() + b"R5", "ends in the middle of row 6: it has 1 of 6"),
    "cut in a quoted field": (text(notes={4: '"a, bcdef"'})[:-4].encode(), "opens in row 5"),
    "zero bytes": (text(notes={3: "a" + "\x00" * 5}).encode(), "binary zeros|not text"),
    "text under no name": (
        ("\n".join(row + "," for row in text(80).splitlines()) + "surprise\n").encode(),
        "row 81 has 7",
    ),
    "a field of two megabytes": (text(notes={2: "y" * 2_200_000}).encode(), "row 3 is longer than 1 MB|unpacked"),
    "an open mark before megabytes": (
        (text(notes={2: '"open'}) + (line(9) + "\n") * 70_000).encode(),
        "row 3",
    ),
    "mixed encodings": (text(notes={1: "Caf\u00e9"}).encode() + line(5, "Caf\xe9").encode("latin-1") + b"\n", "x"),
    "a column named twice": (text().replace("Note", "Ref").encode(), r"more than once: \['Ref'\]"),
    "header only": ((HEADER + "\n").encode(), "header but no rows"),
    "blanks only": (b" \n\n \n", "blanks"),
    "sep line only": (b"sep=;\n", "empty"),
}
del FAULTY["mixed encodings"]


@pytest.mark.parametrize("name", FAULTY)
@pytest.mark.parametrize("packed", [False, True])
def test_faults_are_told_with_their_row_and_without_cells(tmp_path: Path, name: str, packed: bool) -> None:
    raw, match = FAULTY[name]
    path = tmp_path / ("x.csv.gz" if packed else "x.csv")
    path.write_bytes(gzip.compress(raw, 1) if packed else raw)
    with pytest.raises((SchemaError, RefusedError), match=match) as caught:
        counted(path)
    assert "x.csv" in str(caught.value)
    assert "Burglary" not in str(caught.value)


def test_windows_letters_after_utf_8_letters_are_a_fault_with_its_row(tmp_path: Path) -> None:
    raw = text(3000, notes={1: "Caf\u00e9"}).encode() + line(5, "Caf\xe9").encode("latin-1") + b"\n"
    (tmp_path / "x.csv").write_bytes(raw)
    with pytest.raises(SchemaError, match=r"not UTF-8 throughout.*row 3002"):
        counted(tmp_path / "x.csv")


@pytest.mark.filterwarnings("ignore:.* were set aside", "ignore:.* lost more than")
def test_rows_that_are_too_short_are_told_and_accounted(tmp_path: Path) -> None:
    short = text().replace("R2,2025-04-03,Burglary,425500,560500,x", "R2,2025-04-03,Burglary")
    (tmp_path / "x.csv").write_text(short)
    with pytest.warns(DataWarning, match=r"'x.csv' has 1 row with fewer fields than its header's 6: row 3 has 3"):
        counts = counted(tmp_path / "x.csv")
    assert counts.accounting["rows"].to_dict()["no location"] == 1
    assert counts.rows_read == 4


def test_blank_fields_that_a_writer_leaves_out_are_no_cut(tmp_path: Path) -> None:
    rows = [HEADER, *(line(number).removesuffix(",x") for number in range(1, 4))]
    (tmp_path / "x.csv").write_text("\n".join(rows))
    with pytest.warns(DataWarning, match="3 rows with fewer fields"):
        assert used(tmp_path / "x.csv") == 3


def test_ordinary_files_are_silent(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(text())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert used(tmp_path / "x.csv") == 4


def test_the_row_of_column_names_and_rows_above_can_be_stated(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("Date,Offence\nof the,extract\n" + text())
    assert used(tmp_path / "x.csv", header_row=3) == 4
    assert used(tmp_path / "x.csv", skip_rows=2) == 4
    with pytest.raises(SchemaError, match="header_row=40"):
        read_incidents(tmp_path / "x.csv", header_row=40)


def test_an_encoding_can_be_stated(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes(text().encode("cp500"))
    assert used(tmp_path / "x.csv", encoding="cp500") == 4


@pytest.mark.parametrize("suffix", [".tsv", ".tab", ".txt", ".csv"])
def test_extensions_of_text(tmp_path: Path, suffix: str) -> None:
    (tmp_path / f"x{suffix}").write_text(text().replace(",", "\t"))
    assert used(tmp_path / f"x{suffix}") == 4


def test_packed_files_that_are_cut_or_grow_without_end_are_refused(tmp_path: Path) -> None:
    whole = gzip.compress(text(5000).encode())
    (tmp_path / "x.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(SchemaError, match="cannot be read as gzip"):
        counted(tmp_path / "x.csv.gz")
    (tmp_path / "y.csv.gz").write_bytes(gzip.compress((text() + "\n" * 30_000_000).encode()))
    with pytest.raises(RefusedError, match="unpacked"):
        counted(tmp_path / "y.csv.gz")


def test_zip_members_are_divided_in_the_same_way(tmp_path: Path) -> None:
    police = 'Month,Crime type,Longitude,Latitude,Note\r2025-04,Burglary,-1.602,54.93,5" pipe\r'
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("2025-04-toy-street.csv", police)
    frame = read_incidents(tmp_path / "x.zip").frame.collect()
    assert frame.select("date", "offence", "row:Note").rows() == [("2025-04", "Burglary", '5" pipe')]


def test_a_large_file_with_one_odd_row_is_read_in_pieces(tmp_path: Path) -> None:
    rows = 200_000
    (tmp_path / "x.csv").write_text(text(rows, notes={150_000: '5" pipe', 199_999: '"a\nb"'}))
    assert used(tmp_path / "x.csv") == rows
    (tmp_path / "x.csv").write_text(text(rows, notes={150_000: '5" pipe', 199_999: "a,b"}))
    with pytest.raises(SchemaError, match="row 200000 has 7"):
        counted(tmp_path / "x.csv")


# Laws ----------------------------------------------------------------------------------------------

CELLS = st.text(alphabet='ab,;"\n\r é', max_size=6)
TABLES = st.integers(2, 4).flatmap(
    lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=6)
)


@given(rows=TABLES, end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_what_a_writer_wrote_is_what_is_read(rows: list[list[str]], end: str) -> None:
    out = io.StringIO()
    csv.writer(out, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    assert [fields for _, fields, _ in split_records(out.getvalue(), ",")] == rows


@given(rows=TABLES, at=st.integers(0, 60))
def test_a_text_cut_in_two_gives_the_same_records(rows: list[list[str]], at: int) -> None:
    out = io.StringIO()
    csv.writer(out).writerows(rows)
    whole = out.getvalue()
    head = list(split_records(whole[:at], ",", final=False))
    used_up = head[-1][2] if head else 0
    rest = list(split_records(whole[used_up:], ",", row=len(head) + 1))
    assert [fields for _, fields, _ in head + rest] == [fields for _, fields, _ in split_records(whole, ",")]
    assert [row for row, _, _ in head + rest] == list(range(1, len(rows) + 1))


@given(raw=st.text(alphabet='ab,"\n\r', max_size=40))
def test_polars_divides_what_it_is_given_as_we_do(raw: str) -> None:
    octets = raw.encode()
    end = last_record_end(octets)
    piece = octets[:end]
    width = len(next(iter(split_records(raw, ",", final=True)), (0, [""], 0))[1]) if raw.count('"') == 0 else 2
    if width < 2 or not piece.strip(b"\r\n") or not is_rectangle(piece, separator=b",", width=width):
        return
    names = [f"c{place}" for place in range(width)]
    theirs = pl.read_csv(piece, has_header=False, schema=dict.fromkeys(names, pl.String))
    try:
        ours = [fields for _, fields, _ in split_records(piece.decode(), ",") if fields != [""]]
    except ValueError:
        pytest.fail("a piece with an open mark was given to polars")
    filled = [[field or None for field in fields] for fields in ours]
    blank = [None] * width
    found = [[field or None for field in row] for row in theirs.rows()]
    assert [row for row in found if row != blank] == [row for row in filled if row != blank]


RAGGED = [
    (b"1,2,3\n1,2\n1\n", False),
    (b"1\n1,2,3\n1,2\n", False),
    (b'1,2\n"1,2"\n1,2,3\n', False),
    (b'1,2\n"a\nb","c,d"\r\n"",""\n', True),
    (b"1,2\n" * 40, True),
    (b"1,2\n" * 40 + b"1,2,3\n1\n" + b"1,2\n" * 40, False),
    (b"x" * 200 + b",2\n" + b"1," + b"y" * 63 + b"\n", True),
]


@pytest.mark.parametrize(("piece", "expected"), RAGGED)
@pytest.mark.parametrize("has_counter", [True, False])
def test_rows_that_make_up_for_each_other_are_no_rectangle(
    piece: bytes, expected: bool, has_counter: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not has_counter:
        monkeypatch.delattr(np, "bitwise_count", raising=False)
    assert is_rectangle(piece, separator=b",", width=2) is expected


@given(rows=st.lists(st.lists(st.sampled_from(["", "a", "b" * 70]), min_size=1, max_size=4), min_size=1, max_size=30))
def test_only_rows_of_one_width_are_a_rectangle(rows: list[list[str]]) -> None:
    piece = "".join(",".join(row) + "\n" for row in [["a", "a"], *rows, ["z", "z"]]).encode()
    assert is_rectangle(piece, separator=b",", width=2) is all(len(row) == 2 for row in rows)


@pytest.mark.parametrize(
    "piece",
    [b"a,b\n", b"a,b\r\n", b"a,b\n\n", b"", b'a,"b,\nc"\nd,e', b"a\rb,c\n", b"\xc3\xa9,b\n", b"\xe9,b\n", b"a\x00,b\n"],
)
@pytest.mark.parametrize("around", [b"", b"\n", b'"', b"\r", b"\x00", b"\xff", b"x,y,z\n"])
def test_what_stands_around_a_piece_is_not_looked_at(piece: bytes, around: bytes) -> None:
    begin, end = len(around), len(around) + len(piece)
    alone = is_rectangle(piece, separator=b",", width=2)
    assert is_rectangle(around + piece + around, separator=b",", width=2, begin=begin, end=end) is alone


def test_a_row_too_long_and_one_too_short_are_found_in_a_large_file(tmp_path: Path) -> None:
    good, rest = text(30_000).split("\n", 1)[1], line(1)
    path = tmp_path / "x.csv"
    path.write_text(f"{HEADER}\n{good}{rest},more\n{rest.removesuffix(',x')}\n{good}")
    with pytest.raises(SchemaError, match="row 30002 has 7"):
        counted(path)


def test_blank_rows_are_no_rows_and_rows_without_date_and_offence_are(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    path.write_text(text() + ",,,,,\n,,,425500,560500,\n,,,,,\n")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the row without a date
        counts = counted(path)
    assert counts.rows_read == 5
    assert counts.accounting["rows"]["used"] == 4
    assert counts.accounting["rows"]["date cannot be parsed"] == 1


@given(raw=st.binary(max_size=200))
def test_whatever_stands_in_a_file_ends_in_numbers_or_in_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.mktemp("any") / "x.csv"
    path.write_bytes(HEADER.encode() + b"\n" + raw)
    with warnings.catch_warnings(), contextlib.suppress(SocharmError):
        warnings.simplefilter("ignore")
        counted(path)


def test_where_the_last_record_ends() -> None:
    assert last_record_end(b'a,b\n"c\nd') == 4
    assert last_record_end(b'a,"b\nc"\nd') == 8
    assert last_record_end(b"abc") == 0
    assert np.array_equal([last_record_end(b'"\n"\n"\n')], [4])


def test_rows_are_numbered_past_blank_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """More blank lines than a chunk holds, here of a quarter of a megabyte: millions of lines take a minute."""
    for chunks in (text_file.raw_chunks, text_file.utf8_chunks):
        monkeypatch.setattr(chunks, "__defaults__", (1 << 18,))
    rows = "\n" * 3 + text(2).replace("\n", "\n\n") + "\n" * 600_000 + line(3, "a,b") + "\n"
    (tmp_path / "x.csv").write_text(rows)
    with pytest.raises(SchemaError, match=r"row 600010 has 7"):
        counted(tmp_path / "x.csv")
    (tmp_path / "x.csv").write_text(text(2, end="\r\n") + "\r\n" * 300_000 + line(3, '"a"b,c') + "\r\n")
    with pytest.raises(SchemaError, match=r"row 300004 has 7"):
        counted(tmp_path / "x.csv")


def test_a_file_that_was_mended_is_looked_through_again(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text(text(notes={2: '"open'}))
    incidents = read_incidents(tmp_path / "x.csv")
    with pytest.raises(SchemaError, match="row 3"):
        count_incidents(incidents, areas())
    (tmp_path / "x.csv").write_text(text(notes={2: "closed"}))
    assert count_incidents(incidents, areas()).rows_read == 4
    (tmp_path / "x.csv").write_text(text(notes={2: '5" pipe'}))
    assert count_incidents(incidents, areas()).rows_read == 4


@pytest.mark.parametrize("name", ["file", "x", "date", "crime_id", "row:a", "empty:0", "place"])
def test_a_column_may_be_called_as_we_call_ours(tmp_path: Path, name: str) -> None:
    (tmp_path / "x.csv").write_text(text().replace("Note", name))
    columns = {"id": "Ref", "date": "Date"}
    assert count_incidents(read_incidents(tmp_path / "x.csv", columns=columns), areas()).rows_read == 4
    frame = pl.read_csv(tmp_path / "x.csv", infer_schema=False)
    assert count_incidents(read_incidents(frame, columns=columns), areas()).rows_read == 4
