"""``python -m huiying.app.cli``: the same as the command ``huiying``."""

from huiying.app.cli import main

main()
