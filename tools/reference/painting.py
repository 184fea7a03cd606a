"""
Goldens of what diffusers' Stable Diffusion pipelines paint with the LCM scheduler: with masks, and, for a UNet without
guidance embedding, with classifier-free guidance and negative prompts. Writes the fixture pipelines/plain,
goldens/masks.* (weights of pipelines/today) and goldens/plain.*; `make_fixtures.py` calls it.

    python tools/reference/painting.py     # seconds
"""

from pathlib import Path

import exports
import numpy as np
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline, StableDiffusionPipeline
from fixtures import remake
from goldens import HEIGHT, WIDTH, Pictures, start_by_strength
from optimum.onnxruntime import ORTStableDiffusionPipeline
from PIL import Image
from tiny import TODAY, Recipe, make_pipeline, make_unet

PLAIN = Recipe("plain", seed=3, prediction="epsilon")

HOUSE = dict(prompt="a red house by a lake", steps=4, seed=0)
MASK_CASES = [
    dict(**HOUSE, guidance=8.5, image="shapes.png", mask="mask.png", strength=1.0),
    dict(**HOUSE, guidance=8.5, image="shapes.png", mask="mask.png", strength=0.6),
    dict(prompt="stars", steps=2, seed=7, guidance=2.0, image="shapes.png", mask="mask.png", strength=0.3),
    dict(prompt="", steps=8, seed=4294967295, guidance=4.0, image="shapes.png", mask="mask.png", strength=1.0),
]
PLAIN_CASES = [
    dict(**HOUSE, guidance=1.0),
    dict(**HOUSE, guidance=1.5),
    dict(**HOUSE, guidance=4.0),
    dict(**HOUSE, guidance=4.0, negative="two black cats in the city"),
    dict(prompt="", steps=2, seed=9, guidance=7.5, negative="a boat"),
    dict(prompt="a boat", steps=8, seed=5, guidance=2.0, negative="word " * 100),
    dict(**HOUSE, guidance=4.0, negative="stars", image="shapes.png", strength=0.6),
    dict(**HOUSE, guidance=4.0, negative="stars", image="shapes.png", mask="mask.png", strength=1.0),
    dict(**HOUSE, guidance=3.0, image="shapes.png", mask="mask.png", strength=0.5),
]


def draw_mask(folder: Path) -> None:
    """On whole latent pixels, where all ways to make masks smaller agree."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    mask[8:24, 16:40] = 255
    Image.fromarray(mask).save(folder / "mask.png")


def plain_pipeline(tokenizer: Path) -> StableDiffusionPipeline:
    components = {**make_pipeline(PLAIN, tokenizer).components, "unet": make_unet(PLAIN.seed, guidance_dim=None)}
    return StableDiffusionPipeline(**components, requires_safety_checker=False)


def export_plain(pipeline: StableDiffusionPipeline, scratch: Path, folder: Path) -> None:
    pipeline.save_pretrained(scratch)
    ORTStableDiffusionPipeline.from_pretrained(str(scratch), export=True).save_pretrained(folder)
    exports.forget_paths(folder)


def goldens(components: dict, cases: list[dict], name: str, weights: str, folder: Path) -> None:
    pictures = Pictures(folder, name)
    for case in cases:
        paint(components, case, folder, pictures)
    pictures.write(f"Pictures of diffusers' Stable Diffusion pipelines with LCMScheduler for the weights of pipelines/{weights}.")


def paint(components: dict, case: dict, folder: Path, pictures: Pictures) -> None:
    kind, arguments = StableDiffusionPipeline, {}
    if "image" in case:
        kind = StableDiffusionImg2ImgPipeline
        arguments = dict(image=Image.open(folder / case["image"]), strength=case["strength"])
    if "mask" in case:
        kind = StableDiffusionInpaintPipeline
        arguments["mask_image"] = Image.open(folder / case["mask"])
    if "image" not in case or "mask" in case:
        arguments |= dict(height=HEIGHT, width=WIDTH)
    pipeline = kind(**components, requires_safety_checker=False)
    if "strength" in case:
        start_by_strength(pipeline)
    pictures.paint(pipeline, case, arguments)


def make(tokenizer: Path, scratch: Path, pipelines: Path, answers: Path) -> None:
    draw_mask(answers)
    today = make_pipeline(TODAY, tokenizer).components
    goldens(today, MASK_CASES, "masks", "today", answers)
    plain = plain_pipeline(tokenizer)
    export_plain(plain, scratch / "torch-plain", pipelines / "plain")
    goldens(plain.components, PLAIN_CASES, "plain", "plain", answers)


if __name__ == "__main__":
    remake(["plain"], make)
