"""A small CLIP tokenizer, learned here, and the strings that two tokenizers must agree on."""

import json
import random
import unicodedata
from collections import Counter
from pathlib import Path

import regex
from transformers import CLIPTokenizer, CLIPTokenizerFast
from transformers.models.clip.tokenization_clip import bytes_to_unicode

VOCABULARY = 800

LESSONS = """
a red house by a lake at sunset, a large yellow balloon over the mountains at dawn, a white lighthouse on a beach
an ink drawing of two black cats in the city in the rain, three green pines in the snow at dusk, a papercut of a castle
a watercolour painting of a small boat on the sea, a robot in the desert at night under a full moon and many stars
the quick brown fox jumps over the lazy dog; photograph of an astronaut riding a horse, highly detailed, 4k, artstation
portrait of an old woman with a blue umbrella, oil on canvas, soft light, in the style of the impressionists
it's what they'd said: we're here, you've seen it, I'm sure he'll come, she isn't there, that's all, don't go
el niño está en la montaña, über die Brücke, la forêt bleue, où est la lumière, smörgåsbord, žluťoučký kůň
夕日の湖 城 雪 山の上の赤い家 красный дом у озера на закате ένα κόκκινο σπίτι בית אדום ליד האגם بيت أحمر
🌅🏠🐈 🎈🎈🎈 👩‍🚀 🇫🇷 ❤️ 2024 1999 3d 16:9 100% $5 (masterpiece:1.2) [night] {day} <lora> a_b c-d e/f g.h
""".strip().splitlines()


def learn_tokenizer(folder: Path) -> None:
    """Byte pairs in CLIP's file format: `vocab.json` and `merges.txt`."""
    letters = list(bytes_to_unicode().values())
    merges = learn_merges(VOCABULARY - 2 * len(letters) - 2)
    tokens = letters + [letter + "</w>" for letter in letters] + ["".join(pair) for pair in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    CLIPTokenizer(
        folder / "vocab.json", folder / "merges.txt", model_max_length=77, pad_token="<|endoftext|>"
    ).save_pretrained(folder)


def learn_merges(count: int) -> list[tuple[str, str]]:
    """Joins the commonest pair again and again; of equally common ones the first in alphabetical order."""
    letters = bytes_to_unicode()
    pattern = regex.compile(r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+""")
    words = Counter()
    for word in pattern.findall(" ".join(LESSONS).lower()):
        symbols = [letters[byte] for byte in word.encode()]
        words[(*symbols[:-1], symbols[-1] + "</w>")] += 1

    merges: list[tuple[str, str]] = []
    while len(merges) < count:
        pairs = Counter()
        for word, times in words.items():
            for pair in zip(word, word[1:]):
                pairs[pair] += times
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append(best)
        words = Counter({join(word, best): times for word, times in words.items()})
    return merges


def join(word: tuple[str, ...], pair: tuple[str, str]) -> tuple[str, ...]:
    joined: list[str] = []
    for symbol in word:
        if joined and (joined[-1], symbol) == pair:
            joined[-1] += symbol
        else:
            joined.append(symbol)
    return tuple(joined)


def strings() -> list[str]:
    plain = LESSONS + [part.strip() for lesson in LESSONS for part in lesson.split(",")]
    words = [word for lesson in LESSONS for word in lesson.split()]
    spaces = ["", " ", "\t", "\n", "  two  spaces  ", "tab\tbetween", "line\nbreak", "\r\n", "a\u00a0b", "a\u3000b", "a\u2003b", "zero\u200bwidth", "\ufeffbom"]
    marks = ["!", "!!!", "?!", "...", "…", "a.b.c", "a,b", "(a)", "[b]", "{c}", "<d>", "\"quoted\"", "'single'", "“curly”", "it’s", "don't", "DON'T", "I'M", "we'Re", "'s", "s's", "''s", "a-b", "a--b", "a—b", "a_b", "a/b\\c", "@me", "#tag", "50%", "$5", "€5", "&amp;", "&lt;b&gt;", "a&b", "~`^|", "*bold*", "__under__", "http://example.org/?a=1&b=2"]
    numbers = ["1", "12", "123", "3.14", "1,000", "2nd", "4k", "16:9", "½", "²", "Ⅷ", "٣", "一二三", "1e-5", "0x1F"]
    faces = ["😀", "😀😀", "a😀b", "👩‍🚀", "👨‍👩‍👧‍👦", "🇫🇷", "❤️", "❤", "👍🏽", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🎈 over 🏠", "☀️🌧️❄️", "🤖", "🐈‍⬛", "✨masterpiece✨"]
    scripts = ["夕日の湖", "赤い家", "ひらがな", "カタカナ", "ｶﾀｶﾅ", "한국어", "한국어 문장", "中文字符", "русский язык", "Ελληνικά", "ΣΊΣΥΦΟΣ", "עברית", "العربية", "हिन्दी", "ไทย", "Tiếng Việt", "ქართული", "አማርኛ", "မြန်မာ", "𝓯𝓪𝓷𝓬𝔂", "ｆｕｌｌｗｉｄｔｈ", "ＦＵＬＬ"]
    letters = ["é", "e\u0301", "Å", "A\u030a", "ß", "ẞ", "STRASSE", "İstanbul", "ISTANBUL", "ıı", "ŒUVRE", "ﬁ", "ﬂ", "ñ", "n\u0303", "Ǆ", "ŉ", "CamelCase", "UPPER CASE", "ÀÉÎÕÜ", "façade", "naïve", "coöperate", "o\u0308\u0323"]
    special = ["<|startoftext|>", "<|endoftext|>", "a <|endoftext|> b", "<|startoftext|>a<|endoftext|>", "<|END|>", "\x00", "a\x00b", "\x07bell", "\x1b[31m", "\ufffd", "\ud7ff", "\ue000"]
    long = ["word " * 74, "word " * 75, "word " * 76, "word " * 100, "a" * 300, "red house " * 60, "😀" * 60, "夕" * 80, ". " * 90, "!" * 200, " ".join(words)]
    every = plain + spaces + marks + numbers + faces + scripts + letters + special + long + words
    return list(dict.fromkeys(every))


def tokenizer_goldens(folder: Path) -> dict:
    reference = CLIPTokenizer.from_pretrained(folder)
    fast = CLIPTokenizerFast.from_pretrained(folder)
    cases = []
    for text in strings():
        ids, fast_ids = encode(reference, text), encode(fast, text)
        cases.append({"text": text, "ids": ids} if ids == fast_ids else {"text": text, "ids": ids, "fast": fast_ids})
    return {
        "about": "`ids`: what transformers' CLIPTokenizer (without ftfy) gives with truncation to 77; padding, which "
        "follows, is left out. `fast`: what CLIPTokenizerFast gives, where that differs: it keeps control characters and "
        "does not set Chinese characters apart.",
        "pad": reference.pad_token_id,
        "length": 77,
        "cases": cases,
    }


#: Blocks of letters and signs, the first four of ideographs beyond the first plane.
BLOCKS = [
    *[(0x20000, 0x2A6DF), (0x2A700, 0x2B81F), (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F), (0x4E00, 0x9FFF), (0x3400, 0x4DBF)],
    *[(0xF900, 0xFAFF), (0x3040, 0x30FF), (0xAC00, 0xD7A3), (0x600, 0x6FF), (0x900, 0x97F), (0xE00, 0xE7F), (0x370, 0x5FF)],
    *[(0x1F300, 0x1F6FF), (0x1D400, 0x1D7FF), (0x2000, 0x206F), (0xFB00, 0xFB06), (0xA0, 0x24F), (0x300, 0x36F), (0x30000, 0x3134F)],
]
SCRIPTS = 2004


def script_strings() -> list[str]:
    """Short strings that mix two blocks, ASCII and spaces; only what Unicode 14 assigns, which every reader knows."""
    chance = random.Random(16)

    def letter(block: tuple[int, int]) -> str:
        while True:
            character = chr(chance.randint(*block))
            if unicodedata.category(character) not in ("Cn", "Cs", "Co"):
                return character

    ascii_part = ["a", "red ", " ", "1", "(x:1.2)", "-", "'s", ","]
    strings: dict[str, None] = {}
    while len(strings) < SCRIPTS:
        blocks = chance.sample(BLOCKS, 2)
        parts = [letter(chance.choice(blocks)) if chance.random() < 0.7 else chance.choice(ascii_part) for _ in range(chance.randint(1, 6))]
        strings["".join(parts)] = None
    return list(strings)


def script_goldens(folder: Path) -> dict:
    reference = CLIPTokenizer.from_pretrained(folder)
    return {
        "about": "ids of transformers' CLIPTokenizer (without ftfy), begin and end left out, for strings of many scripts.",
        "cases": [[text, *encode(reference, text)[1:-1]] for text in script_strings()],
    }


def write_scripts(folder: Path, file: Path) -> None:
    golden = script_goldens(folder)
    rows = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in golden["cases"])
    file.write_text(f'{{"about": {json.dumps(golden["about"])},\n"cases": [\n{rows}\n]}}\n')


def encode(tokenizer, text: str) -> list[int]:
    padded = tokenizer(text, padding="max_length", max_length=77, truncation=True).input_ids
    ids = tokenizer(text, max_length=77, truncation=True).input_ids
    assert padded == ids + [tokenizer.pad_token_id] * (77 - len(ids))
    return ids


if __name__ == "__main__":
    FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures"
    write_scripts(FIXTURES / "pipelines" / "today" / "tokenizer", FIXTURES / "goldens" / "scripts.json")
