"""
Goldens of what diffusers' Stable Diffusion pipelines paint with the LCM scheduler: with masks, and, for a UNet without
guidance embedding, with classifier-free guidance and negative prompts. Writes the fixture pipelines/plain,
goldens/masks.* (weights of pipelines/today) and goldens/plain.*; `make_fixtures.py` calls it.

    python tools/reference/painting.py     # seconds
"""

import shutil
import tempfile
from pathlib import Path

import exports
import numpy as np
import torch
from diffusers import StableDiffusionImg2ImgPipeline, StableDiffusionInpaintPipeline, StableDiffusionPipeline
from goldens import HEIGHT, MADE_WITH, WIDTH, Binary, write_json
from optimum.onnxruntime import ORTStableDiffusionPipeline
from PIL import Image
from tiny import Recipe, make_pipeline, make_unet

FIXTURES = Path(__file__).resolve().parents[2] / "test" / "fixtures"
TODAY = Recipe("today", seed=0, prediction="epsilon")
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
    pictures = Binary(folder / f"{name}.u16", "<u2")
    records = [paint(components, case, folder, pictures) for case in cases]
    pictures.write()
    about = (
        f"Pictures of diffusers' Stable Diffusion pipelines with LCMScheduler for the weights of pipelines/{weights}. "
        f"`picture` lies in {name}.u16 (uint16 little-endian, height x width x RGB, value / 65535 is 0..1)."
    )
    write_json(folder / f"{name}.json", {"about": about, "madeWith": MADE_WITH, "cases": records})


def paint(components: dict, case: dict, folder: Path, pictures: Binary) -> dict:
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
    pipeline.set_progress_bar_config(disable=True)
    if "strength" in case:
        # Strength as in LCM's own pipelines: it tells the schedule where to begin, and no step is left out.
        def timesteps(num_inference_steps, strength, device=None):
            pipeline.scheduler.set_timesteps(num_inference_steps, strength=strength)
            return pipeline.scheduler.timesteps, num_inference_steps

        pipeline.get_timesteps = timesteps
    trace = []

    def on_step(_pipeline, _step, timestep, _tensors):
        trace.append(int(timestep))
        return {}

    image = pipeline(
        case["prompt"],
        negative_prompt=case.get("negative"),
        num_inference_steps=case["steps"],
        guidance_scale=case["guidance"],
        generator=torch.Generator().manual_seed(case["seed"]),
        output_type="np",
        callback_on_step_end=on_step,
        **arguments,
    ).images[0]
    assert len(trace) == case["steps"], trace
    return {**case, "height": HEIGHT, "width": WIDTH, "timesteps": trace, "picture": pictures.add(np.round(image * 65535))}


def make(tokenizer: Path, scratch: Path, pipelines: Path, answers: Path) -> None:
    draw_mask(answers)
    today = make_pipeline(TODAY, tokenizer).components
    goldens(today, MASK_CASES, "masks", "today", answers)
    plain = plain_pipeline(tokenizer)
    export_plain(plain, scratch / "torch-plain", pipelines / "plain")
    goldens(plain.components, PLAIN_CASES, "plain", "plain", answers)


if __name__ == "__main__":
    from make_fixtures import share

    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as scratch:
        scratch = Path(scratch)
        shutil.copytree(FIXTURES / "pipelines" / "today", scratch / "pipelines" / "today")
        make(FIXTURES / "pipelines" / "today" / "tokenizer", scratch, scratch / "pipelines", FIXTURES / "goldens")
        share(scratch / "pipelines")
        shutil.rmtree(FIXTURES / "pipelines" / "plain", ignore_errors=True)
        shutil.copytree(scratch / "pipelines" / "plain", FIXTURES / "pipelines" / "plain")
