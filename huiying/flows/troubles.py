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
        "请核对 imap.tls（none、starttls、tls）、端口和证书；自建 CA 的证书写在 ca_file",
        "check imap.tls (none, starttls, tls), the port and the certificate; one of your own CA wants ca_file",
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

COUNTED: Mapping[str, Trouble] = {
    "mail-waiting": Trouble(
        "{count} 封来信等待受理",
        "Mails waiting to be filed: {count}",
        "会按次序受理；一直不减少，就用 huiying work --only triage 加一个进程",
        "they are filed in order; if they do not get fewer, add a worker (huiying work --only triage)",
    ),
    "quarantine": Trouble(
        "{count} 封隔离邮件待查看",
        "Quarantined mails to look at: {count}",
        "在隔离邮件页查看原件，再重新处理（huiying replay ID）或结束其占位工单",
        "see the originals on the page Quarantine, then try again (huiying replay ID) or end its stub ticket",
    ),
    "shunt": Trouble(
        "{count} 封处理异常，是程序的错误",
        "Mails shunted by an error of ours: {count}",
        "请把记下的出错位置告诉开发者；升级后 huiying replay ID",
        "tell the developers where it happened, as recorded; after an upgrade huiying replay ID",
    ),
    "letters-waiting": Trouble(
        "{count} 封信件未发出",
        "Letters not sent yet: {count}",
        "会按次序发出；一直不减少，就用 huiying work --only deliver 加一个进程",
        "they leave in order; if they do not get fewer, add a sender (huiying work --only deliver)",
    ),
    "letters-deferred": Trouble(
        "{count} 封信件没能发出，正在重试",
        "Letters that could not be sent and are tried again: {count}",
        "运行 huiying doctor 查看发信服务器",
        "huiying doctor looks at the outgoing server",
    ),
    "letters-failed": Trouble(
        "{count} 封信件发送失败",
        "Letters that failed: {count}",
        "发件箱有服务器的原话；排除原因后重发（huiying outbox retry）或取消",
        "the outbox has the server's words; mend the cause, then send again (huiying outbox retry) or cancel",
    ),
    "letters-bounced": Trouble(
        "近 14 天有 {count} 封信件被退回",
        "Letters that came back in the last 14 days: {count}",
        "在发件箱核对地址，改用别的方式联系客户；然后重发或取消",
        "check the addresses in the outbox, reach the customer another way; then send again or cancel",
    ),
    "notices-failed": Trouble(
        "近 14 天有 {count} 条给同事的通知未送达",
        "Notices to colleagues that were given up in the last 14 days: {count}",
        "huiying notices list --state failed 查看原因，notices again 再试",
        "huiying notices list --state failed tells why, notices again tries once more",
    ),
    "letters-held": Trouble(
        "{count} 封信件等待放行",
        "Letters held: {count}",
        "请在发件箱里放行或取消",
        "release or cancel them in the outbox",
    ),
    "clocks-waiting": Trouble(
        "{count} 个到期的时限等待处理，最早的已等 {minutes} 分钟",
        "Due clocks to be seen to: {count}, the earliest for {minutes} min",
        "会按到期先后处理",
        "that one is seen to first",
    ),
    "overdue": Trouble(
        "{count} 个时限已超时",
        "Overdue promises: {count}",
        "待办工单里排在最前",
        "they stand first in the queue",
    ),
}
"""By its code, what there can be many of."""

UNKNOWN = Trouble("出错了", "it failed", "运行 huiying doctor 查看原因", "huiying doctor tells the reason")


def mailbox_trouble(code: str) -> Trouble:
    return MAILBOX.get(code, UNKNOWN)
