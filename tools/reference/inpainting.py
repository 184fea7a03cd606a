"""
Goldens of what diffusers' inpainting pipeline paints with a UNet that was trained for it (9 channels: latents, mask,
latents of the picture without what is masked) and the LCM scheduler. Writes pipelines/inpaint and goldens/inpaint.*;
`make_fixtures.py` calls it.

    python tools/reference/inpainting.py     # seconds
"""

from pathlib import Path

import exports
import numpy as np
import torch
from diffusers import StableDiffusionInpaintPipeline
from fixtures import remake
from goldens import HEIGHT, WIDTH, Pictures, start_by_strength
from optimum.onnxruntime import ORTStableDiffusionInpaintPipeline
from PIL import Image
from tiny import Recipe, make_pipeline, make_unet

INPAINT = Recipe("inpaint", seed=6, prediction="epsilon")

HOUSE = dict(prompt="a red house by a lake", steps=4, seed=0)
CASES = [
    dict(**HOUSE, guidance=1.0, image="shapes.png", mask="mask.png", strength=1.0),
    dict(**HOUSE, guidance=4.0, negative="stars", image="shapes.png", mask="mask.png", strength=0.6),
    dict(prompt="stars", steps=2, seed=7, guidance=2.0, image="shapes.png", mask="soft.png", strength=0.3),
    dict(prompt="", steps=8, seed=4294967295, guidance=1.0, image="shapes.png", mask="soft.png", strength=1.0),
    # Without a mask everything is masked, and nothing of an image is seen but what its noise leaves.
    dict(**HOUSE, guidance=3.0),
    dict(**HOUSE, guidance=1.0, image="shapes.png", strength=0.6),
]


def draw_soft_mask(folder: Path) -> None:
    """On whole latent pixels, with edges on both sides of the half from which on a pixel counts as masked."""
    mask = np.zeros((HEIGHT, WIDTH), np.uint8)
    for at, value in enumerate((70, 127, 128, 200, 255)):
        mask[8:24, 8 + 8 * at :] = value
    Image.fromarray(mask).save(folder / "soft.png")


def inpaint_pipeline(tokenizer: Path) -> StableDiffusionInpaintPipeline:
    components = make_pipeline(INPAINT, tokenizer).components
    unet = make_unet(INPAINT.seed, guidance_dim=None, in_channels=9)
    steady(components["vae"].encoder)
    return StableDiffusionInpaintPipeline(**{**components, "unet": unet}, requires_safety_checker=False)


def steady(encoder: torch.nn.Module) -> None:
    """
    A picture that is masked everywhere is zero: fresh layers would make one number of it, and norms leave nothing of that
    but its rounding, and enlarge it.
    """
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        encoder.conv_in.bias.zero_()
        for module in encoder.modules():
            if isinstance(module, torch.nn.GroupNorm):
                module.bias.copy_(torch.randn(module.bias.shape, generator=generator))
                module.weight.mul_(0.3)


def export(pipeline: StableDiffusionInpaintPipeline, scratch: Path, folder: Path) -> None:
    pipeline.save_pretrained(scratch)
    ORTStableDiffusionInpaintPipeline.from_pretrained(str(scratch), export=True).save_pretrained(folder)
    exports.forget_paths(folder)


def paint(pipeline: StableDiffusionInpaintPipeline, case: dict, folder: Path, pictures: Pictures) -> None:
    image = Image.open(folder / case.get("image", "shapes.png"))
    mask = Image.open(folder / case["mask"]) if "mask" in case else Image.new("L", (WIDTH, HEIGHT), 255)
    size = dict(height=HEIGHT, width=WIDTH)
    pictures.paint(pipeline, case, dict(image=image, mask_image=mask, **size, strength=case.get("strength", 1.0)))


def make(tokenizer: Path, scratch: Path, pipelines: Path, answers: Path) -> None:
    draw_soft_mask(answers)
    pipeline = inpaint_pipeline(tokenizer)
    export(pipeline, scratch / "torch-inpaint", pipelines / "inpaint")
    start_by_strength(pipeline)
    pictures = Pictures(answers, "inpaint")
    for case in CASES:
        paint(pipeline, case, answers, pictures)
    pictures.write(
        "Pictures of diffusers' StableDiffusionInpaintPipeline with LCMScheduler for the weights of pipelines/inpaint; "
        "without `mask` all of the picture is masked."
    )


if __name__ == "__main__":
    remake(["inpaint"], make)
