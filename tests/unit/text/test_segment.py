"""Segmenting: an own dictionary, an own cache, no noise."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.text.segment import Segmenter


@pytest.fixture(scope="module")
def segmenter(tmp_path_factory):
    return Segmenter(tmp_path_factory.mktemp("words"), extra=("一键退订", "回应工单"))


def test_a_text_is_cut_into_words(segmenter):
    """Words come in order and white space goes."""
    assert segmenter.words("系统无法登录, 请处理 e502") == ["系统", "无法", "登录", ",", "请", "处理", "e502"]


def test_words_of_the_desk_stay_whole(segmenter):
    """An extra word is one word, though the dictionary does not know it."""
    assert "一键退订" in segmenter.words("怎么一键退订")
    assert "一键退订" not in Segmenter(segmenter._cache_dir).words("怎么一键退订")


def test_search_words_contain_the_shorter_ones(segmenter):
    """Who searches for 服务 finds 服务中心."""
    words = segmenter.search_words("客户服务中心")
    assert "服务" in words


def test_the_dictionary_is_cached_in_the_directory_given(segmenter):
    """The compiled dictionary lies in our own directory, nowhere else."""
    segmenter.prepare()
    assert [path.name for path in segmenter._cache_dir.iterdir()] == ["jieba-0.42.1.cache"]


def test_preparing_in_the_background_is_waited_for(segmenter):
    """The first message that comes too early waits and is cut like any other."""
    other = Segmenter(segmenter._cache_dir)
    thread = other.prepare_in_background()
    assert other.words("无法登录") == ["无法", "登录"]
    thread.join(10)
    assert not thread.is_alive()


def test_jieba_is_imported_without_a_word():
    """Strict warnings do not stop the import, and nothing is written to the terminal."""
    program = "from core.text import segment; segment._jieba()"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
