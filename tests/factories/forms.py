"""What a browser would send of a page's form."""

from __future__ import annotations

from html.parser import HTMLParser


class _Form(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.fields: list[tuple[str, str]] = []
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self._area: tuple[str, list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in attrs}
        if tag == "input" and "name" in said:
            if said.get("type") != "checkbox" or "checked" in said:
                self.fields.append((said["name"], said.get("value", "")))
        elif tag == "textarea" and "name" in said:
            self._area = (said["name"], [])
        elif tag == "select":
            self._select = (said["name"], [])
        elif tag == "option" and self._select is not None:
            self._select[1].append((said["value"], "selected" in said))

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._area[1].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea" and self._area is not None:
            name, parts = self._area
            # A browser drops the first line break of a text area and sends each as two characters.
            text = "".join(parts).removeprefix("\n").replace("\n", "\r\n")
            self.fields.append((name, text))
            self._area = None
        elif tag == "select" and self._select is not None:
            name, options = self._select
            chosen = next((value for value, selected in options if selected), options[0][0] if options else "")
            self.fields.append((name, chosen))
            self._select = None


def sent_by(page: str) -> list[tuple[str, str]]:
    """Names and values of a page's fields, in its order."""
    form = _Form()
    form.feed(page)
    form.close()
    return form.fields
