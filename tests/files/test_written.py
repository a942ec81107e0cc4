"""Files that people may have edited are told from those that are as they were written."""

from __future__ import annotations

import os
import time

import pytest

from socharm.errors import RefusedError, StoreError
from socharm.files.written import LEDGER, note_writing, note_written, require_unedited


def test_a_changed_or_strange_file_is_told_and_a_missing_one_needs_nothing(tmp_path):
    ours, changed, strange = (tmp_path / name for name in ("a.md", "b.md", "c.md"))
    for path in (ours, changed, strange):
        path.write_text("as written")
    note_written([ours, changed])
    changed.write_text("as edited")
    require_unedited([ours, tmp_path / "new.md"])
    with pytest.raises(RefusedError, match=r"edited them: b\.md, c\.md\. Nothing was written"):
        require_unedited([ours, changed, strange])


def test_what_an_interrupted_run_wrote_is_its_own_and_a_later_edit_is_not(tmp_path):
    path = tmp_path / "a.md"
    note_writing([path])
    path.write_text("written before the run was stopped")
    require_unedited([path])
    later = time.time() + 600
    os.utime(path, (later, later))
    with pytest.raises(RefusedError, match="people may have edited them"):
        require_unedited([path])


def test_a_damaged_ledger_is_told(tmp_path):
    (tmp_path / LEDGER).write_text("{")
    (tmp_path / "a.md").write_text("x")
    with pytest.raises(StoreError, match="written"):
        require_unedited([tmp_path / "a.md"])
