"""Tiny latent consistency pipelines in torch: Stable Diffusion 1.5's layout, random weights from a fixed seed."""

from dataclasses import dataclass
from pathlib import Path

import torch
from diffusers import AutoencoderKL, LatentConsistencyModelPipeline, LCMScheduler, UNet2DConditionModel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

CONTEXT = 77


@dataclass(frozen=True)
class Recipe:
    """What one pipeline is made of."""

    name: str
    #: Of the UNet; text encoder and VAE are the same in every pipeline.
    seed: int
    prediction: str
    #: Standard deviation of the encoder's posterior is exp(-15) instead of a learned one: nothing to draw.
    certain_posterior: bool = False


TODAY = Recipe("today", seed=0, prediction="epsilon")


def make_pipeline(recipe: Recipe, tokenizer_folder: Path) -> LatentConsistencyModelPipeline:
    tokenizer = CLIPTokenizer.from_pretrained(tokenizer_folder, model_max_length=CONTEXT)
    pipeline = LatentConsistencyModelPipeline(
        vae=make_vae(recipe.certain_posterior),
        text_encoder=make_text_encoder(tokenizer),
        tokenizer=tokenizer,
        unet=make_unet(recipe.seed),
        scheduler=make_scheduler(recipe.prediction),
        safety_checker=None,
        feature_extractor=None,
        image_encoder=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def make_scheduler(prediction: str) -> LCMScheduler:
    # As SimianLuo/LCM_Dreamshaper_v7.
    return LCMScheduler(
        beta_start=0.00085,
        beta_end=0.012,
        beta_schedule="scaled_linear",
        original_inference_steps=50,
        clip_sample=False,
        set_alpha_to_one=True,
        prediction_type=prediction,
    )


def make_text_encoder(tokenizer: CLIPTokenizer) -> CLIPTextModel:
    torch.manual_seed(100)
    sizes = dict(hidden_size=16, num_hidden_layers=1, projection_dim=16)
    return CLIPTextModel(text_config(tokenizer, **sizes, initializer_factor=8.0)).eval()


def text_config(tokenizer: CLIPTokenizer, hidden_size: int, **sizes) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=hidden_size,
        intermediate_size=2 * hidden_size,
        num_attention_heads=2,
        max_position_embeddings=CONTEXT,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        **sizes,
    )


def make_unet(seed: int, guidance_dim: int | None = 32, in_channels: int = 4) -> UNet2DConditionModel:
    """`guidance_dim` None: a UNet without guidance embedding. `in_channels` 9: one that was trained to inpaint."""
    unet = fresh_unet(seed, in_channels=in_channels, cross_attention_dim=16, time_cond_proj_dim=guidance_dim)
    # Fresh layers answer almost nothing; make prompt, time and guidance matter, and the output as large as noise.
    with torch.no_grad():
        for name, weight in unet.named_parameters():
            if "attn2.to_" in name or "time_embedding" in name or "time_emb_proj" in name or "cond_proj" in name:
                weight.mul_(3)
        generator = torch.Generator().manual_seed(1)
        out = unet(
            torch.randn(4, in_channels, 8, 8, generator=generator),
            torch.tensor([999, 679, 339, 19]),
            torch.randn(4, CONTEXT, 16, generator=generator),
            timestep_cond=None if guidance_dim is None else torch.randn(4, guidance_dim, generator=generator),
        ).sample
        unet.conv_out.weight.div_(out.std())
        unet.conv_out.bias.zero_()
    return unet


def fresh_unet(seed: int, **config) -> UNet2DConditionModel:
    """As torch draws it; `config` beside the sizes that all tiny UNets have."""
    torch.manual_seed(seed)
    blocks = dict(
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )
    return UNet2DConditionModel(
        **{
            **dict(sample_size=8, in_channels=4, out_channels=4, block_out_channels=(4, 8), layers_per_block=1),
            **dict(attention_head_dim=2, norm_num_groups=2),
            **blocks,
            **config,
        }
    ).eval()


def make_vae(certain_posterior: bool) -> AutoencoderKL:
    torch.manual_seed(200)
    vae = AutoencoderKL(
        in_channels=3,
        out_channels=3,
        block_out_channels=(4, 4, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        latent_channels=4,
        norm_num_groups=4,
        sample_size=64,
        scaling_factor=0.18215,
    ).eval()
    with torch.no_grad():
        generator = torch.Generator().manual_seed(2)
        latents = vae.encode(torch.rand(4, 3, 64, 64, generator=generator) * 2 - 1).latent_dist.parameters
        vae.quant_conv.weight[:4].div_(latents[:, :4].std() * vae.config.scaling_factor)
        if certain_posterior:
            vae.quant_conv.weight[4:].zero_()
            vae.quant_conv.bias[4:].fill_(-30)
        picture = vae.decode(torch.randn(4, 4, 8, 8, generator=generator) / vae.config.scaling_factor).sample
        vae.decoder.conv_out.weight.mul_(0.45 / picture.std())
        vae.decoder.conv_out.bias.zero_()
    return vae
