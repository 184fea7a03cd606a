"""
Goldens of what diffusers' latent consistency pipelines paint with a tiny autoencoder (AutoencoderTiny, TAESD) in place of
the full one. Writes pipelines/taesd, which is `today` with vae_encoder_tiny and vae_decoder_tiny, and goldens/taesd.*;
`make_fixtures.py` calls it.

    python tools/reference/taesd.py     # seconds
"""

from pathlib import Path

import torch
from diffusers import AutoencoderTiny, LatentConsistencyModelImg2ImgPipeline
from exports import write_torchscript
from fixtures import remake
from goldens import HEIGHT, MADE_WITH, WIDTH, Binary, paint, write_json
from PIL import Image
from tiny import TODAY, make_pipeline

SIZE = dict(height=HEIGHT, width=WIDTH)

HOUSE = dict(prompt="a red house by a lake", guidance=8.5, seed=0)
TEXT_CASES = [dict(**HOUSE, steps=4), dict(**HOUSE, steps=1)]
IMAGE_CASES = [
    dict(**HOUSE, image="shapes.png", strength=0.8, steps=4),
    dict(prompt="stars", guidance=4.0, seed=7, image="shapes.png", strength=0.3, steps=2),
]


def make_autoencoder() -> AutoencoderTiny:
    torch.manual_seed(400)
    autoencoder = AutoencoderTiny(
        encoder_block_out_channels=(4,) * 4,
        decoder_block_out_channels=(4,) * 4,
        num_encoder_blocks=(1,) * 4,
        num_decoder_blocks=(1,) * 4,
        # As in TAESD, so that nothing but the weights says how latents are scaled.
        scaling_factor=1.0,
    ).eval()
    with torch.no_grad():
        generator = torch.Generator().manual_seed(4)
        latents = autoencoder.encode(torch.rand(4, 3, 64, 64, generator=generator) * 2 - 1).latents
        autoencoder.encoder.layers[-1].weight.div_(latents.std())
        picture = autoencoder.decode(torch.randn(4, 4, 8, 8, generator=generator)).sample
        # Its last layer answers with 0 to 1, of which the module makes -1 to 1.
        autoencoder.decoder.layers[-1].weight.mul_(0.4 / picture.std())
        autoencoder.decoder.layers[-1].bias.fill_(0.5)
    return autoencoder


class Encoder(torch.nn.Module):
    def __init__(self, autoencoder: AutoencoderTiny):
        super().__init__()
        self.autoencoder = autoencoder

    def forward(self, sample):
        return self.autoencoder.encode(sample).latents


class Decoder(Encoder):
    def forward(self, latent_sample):
        return self.autoencoder.decode(latent_sample).sample


def export(autoencoder: AutoencoderTiny, folder: Path) -> None:
    """optimum knows no tiny autoencoders; the names are those that it gives to others."""
    axes = {0: "batch_size", 2: "height", 3: "width"}
    encoder, decoder = folder / "vae_encoder_tiny", folder / "vae_decoder_tiny"
    sample, latents = torch.randn(1, 3, 64, 64), torch.randn(1, 4, 8, 8)
    write_torchscript(Encoder(autoencoder), (sample,), {"sample": axes, "latent_sample": axes}, encoder / "model.onnx", 17)
    write_torchscript(Decoder(autoencoder), (latents,), {"latent_sample": axes, "sample": axes}, decoder / "model.onnx", 17)
    for part in (encoder, decoder):
        autoencoder.save_config(part)


def make(tokenizer: Path, _scratch: Path, pipelines: Path, answers: Path) -> None:
    autoencoder = make_autoencoder()
    export(autoencoder, pipelines / "taesd")
    components = {**make_pipeline(TODAY, tokenizer).components, "vae": autoencoder}
    painter = LatentConsistencyModelImg2ImgPipeline(**components, requires_safety_checker=False)
    pipeline = make_pipeline(TODAY, tokenizer)
    pipeline.vae = autoencoder
    painter.set_progress_bar_config(disable=True)
    pictures, latents = Binary(answers / "taesd.u16", "<u2"), Binary(Path("none"), "<f4")
    records = [paint(pipeline, case, SIZE, SIZE, pictures, latents) for case in TEXT_CASES]
    for case in IMAGE_CASES:
        image = Image.open(answers / case["image"]).resize((WIDTH, HEIGHT))
        records.append(paint(painter, case, dict(image=image, strength=case["strength"]), SIZE, pictures, latents))
    for record in records:
        record.pop("latents", None), record.pop("denoised", None)
    pictures.write()
    about = (
        "Pictures of diffusers' latent consistency pipelines with AutoencoderTiny for the weights of pipelines/taesd. "
        "`picture` lies in taesd.u16 (uint16 little-endian, height x width x RGB, value / 65535 is 0..1)."
    )
    write_json(answers / "taesd.json", {"about": about, "madeWith": MADE_WITH, "cases": records})


if __name__ == "__main__":
    remake(["taesd"], make)
