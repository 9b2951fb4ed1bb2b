"""What an operator is told of each trouble: what it is and what to do, in both languages, by its stable code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple


class Trouble(NamedTuple):
    """``zh`` and ``en`` say what is wrong, ``do_zh`` and ``do_en`` what helps; '' where it passes by itself."""

    zh: str
    en: str
    do_zh: str = ""
    do_en: str = ""


MAILBOX: Mapping[str, Trouble] = {
    "login-refused": Trouble(
        "登录被拒绝",
        "the login was refused",
        "请核对用户名和密码；163、QQ 等邮箱要用客户端授权码，并在网页邮箱里开启 IMAP",
        "check user and password; 163, QQ and others want an app password and IMAP switched on",
    ),
    "unreachable": Trouble(
        "连不上服务器",
        "the server cannot be reached",
        "请核对 imap.host 和 imap.port，以及网络和防火墙；恢复后会自动重连",
        "check imap.host, imap.port, network and firewall; it connects again by itself",
    ),
    "timeout": Trouble(
        "服务器在时限内没有回答",
        "the server does not answer in time",
        "会自动重连；长时间如此请联系邮箱服务商",
        "it connects again by itself; if that lasts, ask the provider",
    ),
    "tls": Trouble(
        "无法建立安全连接",
        "no secure connection can be made",
        "请核对 imap.tls（none、starttls、tls）、端口和证书",
        "check imap.tls (none, starttls, tls), the port and the certificate",
    ),
    "login-needed": Trouble(
        "需要重新登录（OAuth）",
        "it has to sign in again (OAuth)",
        "运行 huiying mailbox login 邮箱名，在浏览器里输入显示的代码",
        "run huiying mailbox login NAME and type the code that it shows in a browser",
    ),
    "token-endpoint": Trouble(
        "换不到登录令牌",
        "no access token can be had",
        "会自动重试；长时间如此请检查网络和 oauth 设置",
        "it is tried again by itself; if that lasts, check the network and oauth in mailboxes.yaml",
    ),
    "password-missing": Trouble(
        "找不到密码",
        "the password is missing",
        "请设置 password_env 所写的环境变量，或放好 password_file 所写的文件",
        "set the variable that password_env names, or put the file of password_file in place",
    ),
    "folder-missing": Trouble(
        "没有这个邮件夹",
        "there is no such folder",
        "请核对 mailboxes.yaml 里的 folder、folders、sent_folder 和 move_to",
        "check folder, folders, sent_folder and move_to in mailboxes.yaml",
    ),
    "refused": Trouble(
        "服务器拒绝了命令",
        "the server refuses a command",
        "运行 huiying doctor 查看服务器的原话",
        "huiying doctor shows the server's own words",
    ),
    "reconnect": Trouble(
        "连接一再中断",
        "the connection is lost again and again",
        "会自动重连，邮件不会丢失；长时间如此请检查网络",
        "it connects again by itself and no mail is lost; if that lasts, look at the network",
    ),
}
"""By the code that a mailbox reports."""

UNKNOWN = Trouble("出错了", "it failed", "运行 huiying doctor 查看原因", "huiying doctor tells the reason")


def mailbox_trouble(code: str) -> Trouble:
    return MAILBOX.get(code, UNKNOWN)
