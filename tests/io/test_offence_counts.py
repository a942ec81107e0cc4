"""Home Office tables: corrections are netted, fraud bodies set aside, every fault told at once."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from socharm.errors import DataWarning, ParameterError, SchemaError
from socharm.io.forces import FORCES, force_name
from socharm.io.offence_counts import financial_year, read_offence_counts

HEADER = "Financial Year,Financial Quarter,Force Name,Offence Description,Offence Code,Number of Offences\n"


def written(tmp_path, body, name="counts.csv"):
    path = tmp_path / name
    path.write_text(HEADER + body, encoding="utf-8")
    return path


def test_quarters_are_netted_spaces_and_ampersands_understood(tmp_path):
    counts = read_offence_counts(
        written(
            tmp_path,
            "2019/20,1, Avon & Somerset ,Assault with injury, 8n ,5\n"
            "2019/20,2,Avon and Somerset,Assault with injury,8N,-2\n"
            '2019/20,2,"London, City of",Corporate manslaughter,4.1,1.0\n'
            "2019/20,2,Action Fraud,Fraud offences recorded by Action Fraud,AF,7.5\n",
        )
    )
    assert counts.table.to_dict("list") == {
        "year": ["2019-20", "2019-20"],
        "force": ["Avon and Somerset", "City of London"],
        "offence": ["ho-8n", "ho-4-10"],
        "count_code": ["8N", "4.10"],
        "n": [3, 1],
    }
    assert counts.accounting["rows"].to_dict() == {"used": 3, "other year": 0, "fraud body": 1}
    assert counts.corrections[["row", "n"]].to_numpy().tolist() == [[3, -2]]
    assert counts.clipped.empty
    assert str(counts.about.period) == "2019-04 to 2020-03"
    assert "1 negative cell," in repr(counts)


def test_what_stays_negative_is_reported_and_set_to_zero(tmp_path):
    path = written(tmp_path, "2019/20,1,Kent,Perjury,67,1\n2019/20,2,Kent,Perjury,67,-3\n")
    with pytest.warns(DataWarning, match=r"Kent 67 \(-2\)"):
        counts = read_offence_counts(path)
    assert counts.table["n"].tolist() == [0]
    assert counts.clipped["n"].tolist() == [-2]


def test_one_year_of_several(tmp_path):
    path = written(tmp_path, "2018/19,1,Kent,Perjury,67,1\n2019/20,1,Kent,Perjury,67,3\n")
    counts = read_offence_counts(path, year="2019-20")
    assert counts.years == ["2019-20"]
    assert counts.accounting["rows"].to_dict() == {"used": 1, "other year": 1, "fraud body": 0}
    assert read_offence_counts(path).years == ["2018-19", "2019-20"]
    with pytest.raises(ParameterError, match="does not hold; it holds"):
        read_offence_counts(path, year="2020-21")


def test_all_faults_of_a_file_are_told_at_once(tmp_path):
    path = written(
        tmp_path,
        "2019/20,1,Kentt,Perjury,67,1\n2019,1,Kent,Perjury,67,1\n2019/20,1,Kent,Perjury,67,1.5\n"
        "2019/20,1,Kent,Perjury,67,many\n2019/20,1,Kent,Perjury,67,\n",
    )
    with pytest.raises(SchemaError) as error:
        read_offence_counts(path)
    for part in ("5 faults", "row 2", "'Kentt'", "row 3", "'2019'", "row 4", "1.5", "row 5", "'many'", "row 6"):
        assert part in str(error.value)


def test_missing_columns_and_unknown_keys(tmp_path):
    path = tmp_path / "counts.csv"
    path.write_text("Year,Area,Code,Count\n2019/20,Kent,67,4\n", encoding="utf-8")
    with pytest.raises(SchemaError, match="lacks the columns"):
        read_offence_counts(path)
    names = {"year": "Year", "force": "Area", "code": "Code", "n": "Count"}
    assert read_offence_counts(path, columns=names).table["n"].tolist() == [4]
    with pytest.raises(ParameterError, match="Did you mean 'force'"):
        read_offence_counts(path, columns={"forse": "Area"})


@given(st.lists(st.integers(-50, 50), min_size=1, max_size=8))
@settings(max_examples=25, deadline=None)
@pytest.mark.filterwarnings("ignore::socharm.errors.DataWarning")
def test_a_force_year_is_the_sum_of_its_cells_never_below_zero(cells):
    frame = pd.DataFrame(
        {
            "Financial Year": "2019/20",
            "Financial Quarter": range(len(cells)),
            "Force Name": "Kent",
            "Offence Code": "8N",
            "Number of Offences": cells,
        }
    )
    counts = read_offence_counts(frame)
    assert counts.table["n"].tolist() == [max(sum(cells), 0)]
    assert len(counts.corrections) == sum(cell < 0 for cell in cells)
    assert int(counts.accounting["rows"].sum()) == len(cells)


def test_there_are_43_forces_and_each_knows_its_names():
    assert len(FORCES) == len(set(FORCES.values())) == 43
    for code, name in FORCES.items():
        assert force_name(name) == force_name(code) == force_name(f"{name} Police") == name
        assert force_name(name.replace(" and ", " & ").upper()) == name
    assert force_name("Metropolitan Police Service") == "Metropolitan Police"
    assert force_name("avon-and-somerset") == "Avon and Somerset"
    with pytest.raises(ParameterError, match="Did you mean 'Northumbria'"):
        force_name("Northumbira")


def test_financial_years():
    assert financial_year("2019/20") == financial_year("2019-2020") == "2019-20"
    assert financial_year("1999/00") == "1999-00"
    for bad in ("2019", "2019/21", "soon"):
        with pytest.raises(ParameterError, match="financial year"):
            financial_year(bad)
