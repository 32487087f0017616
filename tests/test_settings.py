from pathlib import Path

import pytest

from tl_core import settings
from tl_core.errors import SettingInvalid


def test_every_field_is_read_from_its_variable():
    found = settings.current(
        {
            "TL_DATA_DIR": "/srv/lab",
            "TL_PROFILE": "cloud",
            "TL_QUEUE_LIMIT": "7",
            "TL_SCHEDULER": "tcp://a:1",
        }
    )
    assert (found.data_dir, found.profile, found.queue_limit) == (Path("/srv/lab"), "cloud", 7)
    assert found.scheduler == "tcp://a:1"


def test_empty_variable_means_the_default():
    assert settings.current({"TL_QUEUE_LIMIT": " "}) == settings.current({})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TL_PROFILE", "laptop"),
        ("TL_QUEUE_LIMIT", "many"),
        ("TL_QUEUE_LIMIT", "0"),  # would refuse every job
        ("TL_THREADS", "-1"),
        ("TL_SCHEDULER", "localhost:8786"),  # Dask would guess a protocol
    ],
)
def test_bad_value_is_refused_by_the_name_of_its_variable(name, value):
    with pytest.raises(SettingInvalid, match=f"{name}.*{value}"):
        settings.current({name: value})


def test_a_change_of_the_environment_is_seen_at_once(monkeypatch, tmp_path):
    monkeypatch.setenv("TL_QUEUE_LIMIT", "7")
    monkeypatch.delenv("TL_DATA_DIR", raising=False)
    assert settings.current() is settings.current()  # what was read once is kept
    assert settings.current().queue_limit == 7
    monkeypatch.setenv("TL_QUEUE_LIMIT", "8")
    assert settings.current().queue_limit == 8
    monkeypatch.setenv("TL_QUEUE_LIMIT", "many")
    for _ in range(2):
        with pytest.raises(SettingInvalid):
            settings.current()
    monkeypatch.delenv("TL_QUEUE_LIMIT")
    assert settings.current().queue_limit == 100
    for home in (tmp_path / "a", tmp_path / "b"):
        monkeypatch.setenv("HOME", str(home))
        assert settings.current().data_dir == home / ".transfer-learning-lab"
    monkeypatch.setenv("TL_DATA_DIR", "~/lab")
    assert settings.current().data_dir == tmp_path / "b" / "lab"
