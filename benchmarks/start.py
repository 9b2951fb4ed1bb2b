"""One process from its start to its first suggestion: ours or the plain pipeline, each loading a fitted model.

``python -m benchmarks.start ours|plain FILE TEXT`` prints a JSON line: what it said and the most memory it took, in MB.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path


def main() -> None:
    kind, file, text = sys.argv[1:]
    said = {"ours": ours, "plain": plain}[kind](Path(file), text)
    print(json.dumps({"said": said, "mb": round(most_memory() / 1024)}), flush=True)


def ours(file: Path, text: str) -> str:
    """The mixture of a desk's own model and the one that ships, as the service answers with it."""
    from classifier.blend import BlendedModel
    from classifier.seed import load_seed
    from classifier.serving import ArrayModel
    from core.domain.suggestion import MessageText
    from core.text.segment import Segmenter

    segmenter = Segmenter()
    model = BlendedModel(ArrayModel.from_bytes(file.read_bytes(), segmenter), load_seed(segmenter))
    return model.suggest([MessageText(subject="", body=text)])[0].fields["type"].value


def plain(file: Path, text: str) -> str:
    """The pickled pipeline, as everybody keeps it."""
    import pickle

    import jieba

    pipeline = pickle.loads(file.read_bytes())
    return str(pipeline.predict([" ".join(jieba.cut(text))])[0])


def most_memory() -> int:
    """In KiB, of this program alone: what ``getrusage`` tells begins with the parent's."""
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) if found else 0


if __name__ == "__main__":
    main()
