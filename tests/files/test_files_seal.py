"""The seal of a record: by hand, and as a law."""

from __future__ import annotations

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socharm.files.seal import key_fingerprint, seal_faults, sealed

KEY = bytes(range(32))


def test_the_seal_is_the_hash_and_the_hmac_of_the_canonical_text():
    made = sealed({"b": [1, 2.5], "a": "é"}, field="h", key=KEY)
    text = '{"a":"é","b":[1,2.5]}'.encode()
    assert made["h"] == hashlib.sha256(text).hexdigest()
    # RFC 2104, by hand: two hashes with padded keys.
    inner = hashlib.sha256(bytes(b ^ 0x36 for b in KEY.ljust(64, b"\0")) + b"socharm record\0h\0" + text).digest()
    outer = hashlib.sha256(bytes(b ^ 0x5C for b in KEY.ljust(64, b"\0")) + inner).hexdigest()
    assert hmac.compare_digest(made["signature"]["hmac"], outer)
    assert made["signature"]["key"] == key_fingerprint(KEY)


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**60), 2**60)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(record=st.dictionaries(st.sampled_from("abc"), plain_values, min_size=1), other=plain_values)
def test_any_other_value_is_found_with_and_without_a_key(record, other):
    for key in (None, KEY):
        whole = sealed(record, field="h", key=key)
        assert seal_faults(whole, field="h", key=key) == []
        name = next(iter(record))
        # The order of keys is no difference.
        if json.dumps(other, sort_keys=True) != json.dumps(record[name], sort_keys=True):
            assert seal_faults({**whole, name: other}, field="h", key=key) != []
        assert seal_faults({**whole, "more": other}, field="h", key=key) != []


@pytest.mark.parametrize("signature", [None, "x", {}, {"key": "x"}, {"key": 1, "hmac": 2}, []])
def test_what_is_no_signature_is_found(signature):
    whole = {**sealed({"a": 1}, field="h", key=None), "signature": signature}
    assert seal_faults(whole, field="h", key=KEY) == ["its signature is not that of the store's key"]
    assert "no key to check it" in seal_faults(whole, field="h", key=None)[0]
