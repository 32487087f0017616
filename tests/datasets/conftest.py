import pytest


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    folder = tmp_path / "data"
    monkeypatch.setenv("TL_DATA_DIR", str(folder))
    return folder


@pytest.fixture
def zip_file(tmp_path):
    """Write bytes to a zip file and return its path."""

    def write(content):
        path = tmp_path / "upload.zip"
        path.write_bytes(content)
        return path

    return write
