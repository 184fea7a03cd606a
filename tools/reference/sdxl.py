"""
Goldens of what diffusers' SDXL pipelines paint with the LCM scheduler: two text encoders, pooled embeddings and time
ids. Writes pipelines/xl (a UNet with guidance embedding, as LCM-SDXL has), pipelines/xlPlain (one without, as SDXL with
LCM-LoRA: classifier-free guidance, and zeros for no negative prompt), goldens/xl.* and goldens/xlPlain.*;
`make_fixtures.py` calls it.

    python tools/reference/sdxl.py     # half a minute
"""

from pathlib import Path

import exports
import numpy as np
import torch
from diffusers import StableDiffusionXLImg2ImgPipeline, StableDiffusionXLPipeline, UNet2DConditionModel
from fixtures import leave_out, remake
from goldens import HEIGHT, WIDTH, Pictures, start_by_strength
from optimum.onnxruntime import ORTStableDiffusionXLPipeline
from PIL import Image
from tiny import CONTEXT, fresh_unet, make_scheduler, make_vae, text_config
from transformers import CLIPTextModel, CLIPTextModelWithProjection, CLIPTokenizer

FIRST, SECOND, POOLED, TIME = 16, 24, 20, 8
TEXT = dict(num_hidden_layers=2, projection_dim=POOLED, initializer_factor=2.0)

HOUSE = dict(prompt="a red house by a lake", steps=4, seed=0)
XL_CASES = [
    dict(**HOUSE, guidance=8.5),
    dict(**HOUSE, guidance=1.0),
    dict(prompt="", steps=2, seed=9, guidance=4.0),
    dict(prompt="word " * 100, steps=8, seed=5, guidance=2.0),
    dict(**HOUSE, guidance=8.5, image="shapes.png", strength=0.6),
]
PLAIN_CASES = [
    dict(**HOUSE, guidance=1.0),
    dict(**HOUSE, guidance=4.0),
    dict(**HOUSE, guidance=4.0, negative="two black cats in the city"),
    dict(prompt="", steps=2, seed=9, guidance=3.0),
    dict(**HOUSE, guidance=2.0, image="shapes.png", strength=0.6),
]


def make_unet(seed: int, guidance_dim: int | None) -> UNet2DConditionModel:
    unet = fresh_unet(
        seed,
        down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
        transformer_layers_per_block=(1, 2),
        cross_attention_dim=FIRST + SECOND,
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=TIME,
        projection_class_embeddings_input_dim=6 * TIME + POOLED,
        time_cond_proj_dim=guidance_dim,
    )
    with torch.no_grad():
        for name, weight in unet.named_parameters():
            # Not the attention to the prompt: layers before the last norm answer with large numbers already.
            if any(part in name for part in ("time_embedding", "time_emb_proj", "cond_proj", "add_embedding")):
                weight.mul_(2)
        generator = torch.Generator().manual_seed(1)
        random = lambda *shape: torch.randn(*shape, generator=generator)
        out = unet(
            random(4, 4, 8, 8),
            torch.tensor([999, 679, 339, 19]),
            random(4, CONTEXT, FIRST + SECOND),
            timestep_cond=None if guidance_dim is None else random(4, guidance_dim),
            added_cond_kwargs={"text_embeds": random(4, POOLED), "time_ids": torch.tensor([[64.0, 64, 0, 0, 64, 64]] * 4)},
        ).sample
        unet.conv_out.weight.div_(out.std())
        unet.conv_out.bias.zero_()
    return unet


def make_pipeline(tokenizer_folder: Path, seed: int, guidance_dim: int | None) -> StableDiffusionXLPipeline:
    tokenizer = CLIPTokenizer.from_pretrained(tokenizer_folder, model_max_length=CONTEXT)
    # As SDXL's own, which pads by another token than the first.
    tokenizer_2 = CLIPTokenizer.from_pretrained(tokenizer_folder, model_max_length=CONTEXT, pad_token="!")
    torch.manual_seed(300)
    pipeline = StableDiffusionXLPipeline(
        vae=make_vae(certain_posterior=False),
        text_encoder=CLIPTextModel(text_config(tokenizer, FIRST, **TEXT)).eval(),
        text_encoder_2=CLIPTextModelWithProjection(text_config(tokenizer, SECOND, **TEXT)).eval(),
        tokenizer=tokenizer,
        tokenizer_2=tokenizer_2,
        unet=make_unet(seed, guidance_dim),
        scheduler=make_scheduler("epsilon"),
        add_watermarker=False,
    )
    return pipeline


def export(pipeline: StableDiffusionXLPipeline, scratch: Path, folder: Path) -> None:
    pipeline.save_pretrained(scratch)
    ORTStableDiffusionXLPipeline.from_pretrained(str(scratch), export=True).save_pretrained(folder)
    exports.forget_paths(folder)


def goldens(components: dict, cases: list[dict], name: str, folder: Path) -> None:
    pictures = Pictures(folder, name)
    for case in cases:
        paint(components, case, folder, pictures)
    pictures.write(f"Pictures of diffusers' SDXL pipelines with LCMScheduler for the weights of pipelines/{name}.")
    first, *others = [part.astype(int) for part, case in zip(pictures.parts, cases) if case["prompt"] == HOUSE["prompt"]]
    apart = [int(np.abs(other - first).max()) / 65535 for other in others]
    print(f"{name}: the same prompt under other settings differs by {', '.join(f'{each:.3f}' for each in apart)}")


def paint(components: dict, case: dict, folder: Path, pictures: Pictures) -> None:
    if "image" in case:
        pipeline = StableDiffusionXLImg2ImgPipeline(**components, add_watermarker=False)
        start_by_strength(pipeline)
        arguments = dict(image=Image.open(folder / case["image"]), strength=case["strength"])
    else:
        pipeline = StableDiffusionXLPipeline(**components, add_watermarker=False)
        arguments = dict(height=HEIGHT, width=WIDTH)
    pictures.paint(pipeline, case, arguments)


def make(tokenizer: Path, scratch: Path, pipelines: Path, answers: Path) -> None:
    for name, seed, guidance_dim, cases in (("xl", 4, 32, XL_CASES), ("xlPlain", 5, None, PLAIN_CASES)):
        pipeline = make_pipeline(tokenizer, seed, guidance_dim)
        export(pipeline, scratch / f"torch-{name}", pipelines / name)
        goldens(pipeline.components, cases, name, answers)
    leave_out(pipelines / "xl", pipelines / "xlPlain")


if __name__ == "__main__":
    remake(["xl", "xlPlain"], make)
