"""Signatures without their mark and disclaimers go, and no word that anybody wrote goes with them."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.reply import own_words

DEMAND = "您好，\n报表导出一直失败，麻烦看一下。"
SIGNED = [
    "祝好\n李雷\n采购部经理\n上海示例贸易有限公司\n电话：021-5888 0000\n邮箱：li@example.cn",
    "此致\n敬礼\n\n韩梅梅\n手机：138****5678",
    "谢谢！\n王芳 | 财务主管\n示例集团\nTel: +86 21 5888 0000\nwww.example.cn",
    "順頌 商祺\n林怡君\n示例股份有限公司\n電話：02-2345-6789",
    "Best regards,\nJohn Doe\nPurchasing Manager\nExample Ltd\nPhone: +44 20 7946 0000",
    "Mit freundlichen Grüßen\nErika Mustermann\nBeispiel GmbH\nTelefon: +49 30 123456",
    "\n张三\n示例科技有限公司\n电话：010-8888 0000",
    "顺颂商祺\n\n李雷 | 采购经理\n"
    "示例科技（北京）有限公司\nM: 13800000000\nE: li@example.cn\nA: 北京市朝阳区示例大街 8 号院 2 号楼 1203 室",
    "谢谢！\n\n李雷\n示例大学计算机学院\n13800000000",
    "Best regards,\n\nJohn Doe\n"
    "Head of Purchasing\nExample Ltd | 1 Example Street | London N1\n"
    "T +44 20 7946 0000 | M +44 7700 900000\njohn@example.com | www.example.com",
    "Cordialement,\nJean Dupont\nResponsable achats\nExemple SARL\nTél. : +33 1 23 45 67 89",
    "Saludos,\nJuan Pérez\nEjemplo S.L.\nTel: +34 600 000 000",
    "Cordiali saluti\nMario Rossi\nEsempio S.r.l.\nTel. +39 06 1234567",
    "\n--------------------\n李雷\n示例公司\n电话：010-88880000",
    "\n王小明 敬上\n示例股份有限公司\n電話：02-2345-6789",
    "\nMit freundlichen Grüßen\n\ni. A. Erika Muster\nEinkauf\n"
    "\nBeispiel GmbH\nBeispielstraße 1\n12345 Berlin\nTel.: +49 30 123456",
]
DISCLAIMED = [
    "本邮件及其附件含有保密信息，仅限于发送给上面地址中列出的个人或群组。\n禁止任何其他人以任何形式使用。",
    "【免责声明】\n本邮件仅供特定收件人使用，如误收请删除。",
    "本郵件內容可能含有機密資訊，僅供指定收件人使用。",
    "This e-mail and any attachments are confidential and intended solely for the addressee.\n"
    "If you are not the\nintended recipient, delete it.",
    "NOTICE:  This communication may contain\nsensitive, privileged information.",
    "CONFIDENTIALITY NOTICE: the contents are privileged.",
    "Diese E-Mail enthält vertrauliche Informationen.",
]
KEPT = [
    "请把样品寄到下面。谢谢\n李雷\n地址：上海市示例路 1 号\n电话：138****5678",
    "请给我回电。谢谢\n李雷\n电话：138****5678",
    "谢谢\n李雷",
    "谢谢\n订单还没有收到\n电话：138****5678",
    "祝好\n另外，发票也没有收到。",
    "我们的联系人换了，如下：\n\n张三\n示例科技有限公司\n电话：010-8888 0000",
    "请更新资料：\n谢谢\n示例科技有限公司\n电话：010-8888 0000\n地址：北京",
    "系统里有两家：\n\n张三\n李四",
    "Best regards is what the printer prints.\nPhone: broken",
    "This message appears when I log in:\nThe disk is full.",
    "本邮件系统无法登录，请处理。",
    "Please call me.\nThanks\nJohn Doe\nPhone: +44 20 7946 0000",
    "声明：产品说明书第 3 页写错了。",
]


TOLD_OF = [
    "请联系客户。\n祝好\n王小明\n示例公司\n13800000000",
    "请将权限授予：\n祝好\n李雷\n示例公司\nli@example.cn",
    "麻烦给他打个电话，谢谢！\n\n王小明\n示例公司\n13800000000",
    "My new details:\nBest regards\nJohn Doe\nExample Ltd\njohn@example.com",
    "Please contact him.\nRegards\nJohn Doe\nSales Manager\njohn@example.com",
    "来访人员。\n\n王小明\n示例公司\n13800000000",
    "请核实此人。\n祝好\n王小明\n示例公司\n13800000000",
    "Please grant access to my assistant.\nThanks\nJane Roe\nAssistant\njane@example.com",
    "寄到这里就行，谢谢\n李雷\n地址：上海市示例路 1 号\n电话：13800000000",
    "收件信息，谢谢\n李雷\n上海市示例路 1 号\n13800000000",
    "请开票，谢谢\n\n示例科技有限公司\n税号：91310000000000000X\n地址：上海市示例路 1 号\n电话：021-58880000",
    "新联系人，谢谢\n\n王芳\n财务部\n电话：010-88880000",
    "我的电话 13800000000，请回电",
    "发票抬头，谢谢\n示例科技有限公司\n电话：021-58880000",
    "我换号码了，谢谢\n李雷\n13800000000",
    "The new contact is, thanks\n\nJane Roe\nSales Manager\nPhone: +44 20 7946 0000",
    "Ship to, thanks\nJohn Doe\nExample Ltd\nPhone: +44 20 7946 0000",
    "Please change the contact of our account. Thanks\nJane Roe\nExample Ltd\njane@example.com",
    "请把账号开给他，谢谢\n王小明\n采购经理\nwang@example.cn",
    "请给下列人员开通权限，谢谢\n王小明\nwang@example.cn\n李雷\nli@example.cn",
    "故障设备，谢谢\n\n李雷\n设备科\nT:13800000000",
    "帮我查一下这个公司，谢谢\n\n示例科技有限公司\nwww.example.cn",
    "请删除以下联系人\n\n李雷\n示例公司\n电话：010-88880000",
    "请帮忙登记访客，谢谢\n李雷\n示例公司\n13800000000",
    "Bitte ändern Sie die Anschrift. Danke\nErika Muster\nBeispiel GmbH\nTelefon: +49 30 123456",
    "Bitte an diese Adresse liefern.\nViele Grüße\nErika Muster\nBeispiel GmbH\nTelefon: +49 30 123456",
    "Merci de livrer ici\nCordialement\nJean Dupont\nExemple SARL\nTél: +33 1 23 45 67 89",
    "Please add the user below.\nThanks\nJane Roe\nManager\njane@example.com",
    "Please create an account for\n\nJane Roe\nSales Manager\njane@example.com",
    "请帮忙开通账号\n\n王小明\n采购经理\nwang@example.cn",
    "谢谢\n还没修好\n电话：13800000000",
    "谢谢\n手机：开不了机\n微信：登录不上",
    "谢谢\n请转财务部\n电话：13800000000",
    "谢谢\n李雷\n机器在示例中心\n电话：13800000000",
    "祝好\n微信登录不了\n13800000000",
    "谢谢\n电话：打不通，请处理\n示例公司",
    "Thanks\nStill broken\nTel: +44 20 7946 0000",
    "祝好\n王芳\n订单号：20260301001\n13800000000",
    "谢谢\n快递单号\nSF1234567890123",
    "Best regards\nPS: the second printer fails, too.\nTel: +44 20 7946 0000",
    "祝好\n李雷\n另：发票抬头是示例公司\n13800000000",
    "谢谢。\n13800000000\n13900000000",
    "请核对是否有误。\n\n李雷\n示例公司\n13800000000",
    "祝好\nSN 1234-5678-9012\n示例公司",
]


@pytest.mark.parametrize("text", TOLD_OF)
def test_whom_or_what_the_words_tell_of_stays(text: str) -> None:
    """A person to be entered, an address to deliver to, a number that does not work: they look like a signature."""
    assert own_words(f"您好，\n{text}") == f"您好，\n{text}"


@pytest.mark.parametrize("signature", SIGNED)
@pytest.mark.parametrize("disclaimer", ["", DISCLAIMED[0], DISCLAIMED[3]])
def test_a_signature_without_its_mark_is_cut(signature: str, disclaimer: str) -> None:
    """Behind a closing word, or alone with name, office and number; the disclaimer below it goes first."""
    words = own_words(f"{DEMAND}\n{signature}\n\n{disclaimer}")
    assert words.startswith(DEMAND) and len(words) - len(DEMAND) < 30
    assert not any(end in words for end in ("58", "Example", "GmbH", "公司", "保密", "confidential"))


@pytest.mark.parametrize("disclaimer", DISCLAIMED)
def test_a_disclaimer_is_cut(disclaimer: str) -> None:
    """In both scripts, English and German."""
    assert own_words(f"{DEMAND}\n\n{disclaimer}") == DEMAND


@pytest.mark.parametrize("text", KEPT)
def test_what_somebody_wrote_stays(text: str) -> None:
    """An address or a number that is asked for, a list of people, a sentence that begins like a disclaimer."""
    assert own_words(text) == text


def test_nothing_but_a_signature_stays_whole() -> None:
    """Own words are never empty."""
    assert own_words(SIGNED[0]) and own_words(DISCLAIMED[0]) == DISCLAIMED[0]


@given(
    st.lists(
        st.sampled_from(["谢谢", "李雷", "电话：1234567", "示例公司", "请看附件", "", "-- ", "声明：保密"]), max_size=20
    )
)
def test_what_stays_is_the_beginning(lines: list[str]) -> None:
    """Whatever is cut is cut at the end."""
    text = "\n".join(["您好", *lines])
    assert text.startswith(own_words(text))


@pytest.mark.slow
def test_any_length_is_judged_in_time() -> None:
    """Also of lines made to match for long."""
    begun = time.monotonic()
    for line in ("李雷 " * 100, "本邮件" * 1000, "t:" + "1" * 1000, "Best regards " * 200):
        own_words("\n".join([line] * 4_000))
    assert time.monotonic() - begun < 5
