"""Segmenting: an own dictionary, an own cache, no noise."""

from __future__ import annotations

import subprocess
import sys
import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text.segment import Segmenter, _jieba


@pytest.fixture(scope="module", params=[False, True], ids=["jieba", "rjieba"])
def segmenter(request, tmp_path_factory):
    """Both ways to cut keep one contract."""
    return Segmenter(tmp_path_factory.mktemp("words"), extra=("一键退订", "回应工单"), fast=request.param)


@pytest.fixture(scope="module")
def plain(segmenter):
    """One without the desk's words, whose dictionary is still being read when it is asked first."""
    segmenter.prepare()
    other = Segmenter(segmenter._cache_dir, fast=segmenter._fast)
    thread = threading.Thread(target=other.prepare, daemon=True)
    thread.start()
    assert other.words("无法登录") == ["无法", "登录"]
    thread.join(10)
    assert not thread.is_alive()
    return other


def test_a_text_is_cut_into_words(segmenter):
    """Words come in order and white space goes."""
    assert segmenter.words("系统无法登录, 请处理 e502") == ["系统", "无法", "登录", ",", "请", "处理", "e502"]


def test_words_of_the_desk_stay_whole(segmenter, plain):
    """An extra word is one word, though the dictionary does not know it."""
    assert "一键退订" in segmenter.words("怎么一键退订")
    assert "一键退订" not in plain.words("怎么一键退订")


@pytest.fixture(scope="module")
def both():
    """The same words of a desk, cut by jieba's dictionary in Python and by the compiled one."""
    return tuple(Segmenter(extra=("一键退订",), fast=fast) for fast in (False, True))


TEXTS = (
    "尊敬的客服：您好！我公司于2023年10月1日在贵司购买的T恤（型号A-100_b）至今未发货，请尽快处理，谢谢。",
    "工信处女干事每月经过下属科室都要亲口交代24口交换机等技术性器件的安装工作",
    "Please reset my password, order #12345 and C++ / .NET 4.5% off; e-mail a.b+c@example.com",
    "𠮷野家的菜單太貴了🙂🙂 ﷽ \u200b結婚的和尚未結婚的\r\n\t　全角　空格",
    "ａｂｃ１２３ 研究生命的起源 中国人民银行上海市分行 长春市长春药店 乒乓球拍卖完了",
    "龘䶮㐀 x",
    "\x00\x01退款\x1b 怎么一键退订？回应工单",
    "",
)


@pytest.fixture(scope="module")
def tokenizer(segmenter):
    """jieba itself, with the same dictionary and the desk's words."""
    made = _jieba().Tokenizer()
    made.tmp_dir, made.cache_file = str(segmenter._cache_dir), "jieba-0.42.1.cache"
    for word in segmenter.extra:
        made.add_word(word)
    return made


@pytest.mark.parametrize("text", TEXTS)
def test_the_cut_is_that_of_jieba(text, segmenter, tokenizer):
    """Word for word what ``jieba.cut(HMM=False)`` says."""
    assert segmenter.words(text) == [word for word in tokenizer.cut(text, HMM=False) if not word.isspace()]


@pytest.mark.parametrize(("fast", "written"), [(False, ["jieba-0.42.1.cache"]), (True, [])])
def test_the_dictionary_is_cached_in_the_directory_given(tmp_path, fast, written):
    """The compiled dictionary lies in our own directory, nowhere else; the library needs none."""
    Segmenter(tmp_path, fast=fast).prepare()
    assert [path.name for path in tmp_path.iterdir()] == written


def test_preparing_in_the_background_is_waited_for(plain):
    """The first message that comes too early waits and is cut like any other (the fixture asks too early)."""
    assert plain.words("系统无法登录") == ["系统", "无法", "登录"]


def test_jieba_is_imported_without_a_word():
    """Strict warnings do not stop the import, and nothing is written to the terminal."""
    program = "from core.text import segment; segment._jieba()"
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_desks_share_the_dictionary(segmenter, plain):
    """Another desk's words cost no second dictionary, and are not known to the first."""
    other = segmenter.with_words(("天工云盘",))
    assert other.words("天工云盘不能一键退订") == ["天工云盘", "不能", "一键", "退订"]
    if not segmenter._fast:
        assert other._dictionary()._logs is segmenter._dictionary()._logs
    assert "天工云盘" not in segmenter.words("天工云盘") and "一键退订" in segmenter.words("怎么一键退订")
    assert segmenter.with_words(segmenter.extra) is segmenter
    assert other.with_words(()).words("怎么一键退订") == plain.words("怎么一键退订")


def test_a_text_tells_whether_a_word_of_the_desk_is_in_it(segmenter, plain):
    """Only such a text is cut in another way."""
    assert segmenter.special("怎么一键退订呢")
    assert not segmenter.special("系统无法登录") and not plain.special("怎么一键退订呢")


def test_rare_words_are_known_as_rare(segmenter):
    """What everybody says tells little; a word of the desk and one never heard of tell much."""
    assert segmenter.rarity("我们") < segmenter.rarity("退款") < segmenter.rarity("龘䶮㐀")
    assert segmenter.rarity("一键退订") > segmenter.rarity("我们")


LETTERS = st.text(
    alphabet=st.sampled_from("的一是不了退款发票云盘订单登录失败系统请问怎么投诉客服abcX90-_+#%.,，。！ \n🙂"),
    max_size=60,
)


@pytest.mark.slow
@settings(max_examples=300, deadline=None)
@given(text=LETTERS)
def test_both_ways_cut_any_text_alike(text, both):
    """A model may be fitted with the one and asked with the other: word for word, rarity for rarity. Only where two
    cuts are exactly as probable (云云云) may rounding choose."""
    slow, fast = both
    words, others = slow.words(text), fast.words(text)
    assert "".join(others) == "".join(words)
    assert others == words or sum(map(slow.rarity, others)) == pytest.approx(sum(map(slow.rarity, words)), abs=1e-9)
    told = [[min(one.rarity(word), 15.0) for word in words] for one in both]
    assert told[1] == pytest.approx(told[0], abs=0.06)


def test_half_a_character_is_cut_by_both(both):
    """Where bytes were broken; nothing raises."""
    assert [len(one.words("退款\ud800登录")) for one in both] == [3, 3]
    assert [one.rarity("\udfff") > 15 for one in both] == [True, True]
