"""The folder: which files make a bundle, and writing a bundle back."""

from __future__ import annotations

import pytest

from core.domain.bundle import BundleFiles
from core.domain.errors import BadConfiguration, BadInput
from core.settings.folder import is_safe_path, read_folder, scan_folder, write_folder
from core.settings.words import read_words


def test_local_and_leftover_files_are_no_part_of_a_bundle(tmp_path):
    """machine.yaml, hidden files and what editors leave behind."""
    for name in ("taxonomy.yaml", "machine.yaml", ".hidden", "rules/10.yaml", "rules/10.yaml~", "rules/.10.yaml.swp"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("a: 1\n")
    assert sorted(read_folder(tmp_path).files) == ["rules/10.yaml", "taxonomy.yaml"]


def test_a_file_that_is_not_utf_8_is_told_and_the_others_are_read(tmp_path):
    """A whole folder is never lost to one file."""
    (tmp_path / "a.yaml").write_bytes("标题: 退款\n".encode("gb18030"))
    (tmp_path / "b.yaml").write_text("a: 1\n")
    files, problems = scan_folder(tmp_path)
    assert list(files.files) == ["b.yaml"]
    assert [(p.file, p.line, p.column) for p in problems] == [("a.yaml", 1, 1)]
    with pytest.raises(BadConfiguration) as caught:
        read_folder(tmp_path)
    assert caught.value.problems == problems


def test_a_picture_goes_through_a_bundle_unchanged(tmp_path):
    """In a bundle it is base64, in the folder the bytes that were put there; broken base64 is kept as it is."""
    data = bytes(range(256)) * 3
    (tmp_path / "replies").mkdir()
    (tmp_path / "replies/logo.png").write_bytes(data)
    bundle = read_folder(tmp_path)
    assert bundle.files["replies/logo.png"].startswith("AAECAwQF") and "\n" in bundle.files["replies/logo.png"]
    (tmp_path / "other").mkdir()
    assert write_folder(tmp_path / "other", bundle) == ("replies/logo.png",)
    assert (tmp_path / "other/replies/logo.png").read_bytes() == data
    assert write_folder(tmp_path / "other", bundle) == ()
    write_folder(tmp_path / "other", BundleFiles(files={"replies/logo.png": "no picture!"}))
    assert (tmp_path / "other/replies/logo.png").read_bytes() == b"no picture!"


def test_what_is_written_is_read_back_and_the_rest_goes(tmp_path):
    """machine.yaml stays; only what changed is named."""
    (tmp_path / "machine.yaml").write_text("database: x\n")
    (tmp_path / "words").mkdir()
    (tmp_path / "words/old.txt").write_text("alt\n")
    bundle = BundleFiles(files={"taxonomy.yaml": "a: 1\n", "rules/10.yaml": "规则\n"})
    assert write_folder(tmp_path, bundle) == ("rules/10.yaml", "taxonomy.yaml", "words/old.txt")
    assert read_folder(tmp_path) == bundle
    assert write_folder(tmp_path, bundle) == ()
    assert (tmp_path / "machine.yaml").exists()


@pytest.mark.parametrize("name", ["../x.yaml", "/etc/x", "a/../../x", "a\\b", ".ssh/x", "", "machine.yaml", "a//b"])
def test_a_bundle_never_writes_outside_its_folder(tmp_path, name):
    """Bundles come from the database and from other machines."""
    assert not is_safe_path(name)
    with pytest.raises(BadInput):
        write_folder(tmp_path, BundleFiles(files={name: "x"}))


def test_a_word_list_has_one_word_a_line():
    """Comments are free; empty and repeated lines are told, each at its line."""
    words, problems = read_words("# 词\n瘫痪\n\n宕机\n瘫痪\n", "words/outage.txt")
    assert words == ("瘫痪", "宕机")
    assert [(p.line, p.zh, p.hint_zh) for p in problems] == [
        (3, "空行", "删去这一行；分组请用 # 开头的行"),
        (5, "词 '瘫痪' 重复", "第 2 行已经写过"),
    ]
