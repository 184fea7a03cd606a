"""A small CLIP tokenizer, learned here, and the strings that two tokenizers must agree on."""

import json
from pathlib import Path

from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from tokenizers import Regex
from transformers import CLIPTokenizer

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
    tokenizer = Tokenizer(models.BPE(end_of_word_suffix="</w>"))
    tokenizer.normalizer = normalizers.Sequence([normalizers.NFC(), normalizers.Lowercase()])
    words = Regex(r"""'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+""")
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(words, behavior="removed", invert=True),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(vocab_size=10_000, min_frequency=1, end_of_word_suffix="</w>", show_progress=False)
    tokenizer.train_from_iterator(LESSONS, trainer)
    merges = [tuple(pair) for pair in json.loads(tokenizer.to_str())["model"]["merges"]]
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    merges = merges[: VOCABULARY - 2 * len(letters) - 2]
    tokens = letters + [letter + "</w>" for letter in letters] + ["".join(pair) for pair in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}, ensure_ascii=False))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    CLIPTokenizer(
        folder / "vocab.json", folder / "merges.txt", model_max_length=77, pad_token="<|endoftext|>"
    ).save_pretrained(folder)


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
    tokenizer = CLIPTokenizer.from_pretrained(folder)
    cases = []
    for text in strings():
        padded = tokenizer(text, padding="max_length", max_length=77, truncation=True).input_ids
        end = padded.index(tokenizer.eos_token_id) + 1 if tokenizer.eos_token_id in padded else len(padded)
        assert all(id == tokenizer.pad_token_id for id in padded[end:]) or "<|endoftext|>" in text
        ids = padded[:end] if "<|endoftext|>" not in text else padded
        cases.append({"text": text, "ids": ids})
    return {
        "about": "Ids as transformers' CLIPTokenizer gives them with padding to 77 and truncation; the padding after the first end is left out.",
        "pad": tokenizer.pad_token_id,
        "cases": cases,
    }
