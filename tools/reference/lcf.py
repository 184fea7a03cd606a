"""Goldens for test/engine/lcf/step.test.ts: one step of latent consistency fine-tuning on a tiny diffusers UNet, from the
formulas of the paper (arXiv 2310.04378, algorithm 4) in torch: loss and gradients for low-rank adapters.

The UNet is that of gradients.py, whose exports the test opens. Writes test/fixtures/gradients/lcf.safetensors.

    python tools/reference/lcf.py
"""

import math
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from tiny import fresh_unet

HUBER_C = 0.001
RANK = 3
FOLDER = Path(__file__).parents[2] / "test/fixtures/gradients"


def make_unet():
    """As gradients.py draws it."""
    unet = fresh_unet(0, cross_attention_dim=6, time_cond_proj_dim=5)
    for parameter in unet.parameters():
        parameter.data += 0.05 * torch.randn_like(parameter)
    batch = load_file(FOLDER / "batch.safetensors")
    with torch.no_grad():
        out = unet(
            batch["sample"], batch["timestep"], batch["encoder_hidden_states"], timestep_cond=batch["timestep_cond"]
        ).sample
    assert torch.allclose(out, batch["out_sample"], atol=1e-5), "another UNet than that of gradients.py"
    return unet.requires_grad_(False)


class Adapted(torch.nn.Module):
    """y = W x + Bᵀ A x, with whatever (A, B) is chosen at the moment."""

    def __init__(self, linear, name, chosen):
        super().__init__()
        self.linear, self.name, self.chosen = linear, name, chosen

    def forward(self, x, *_, **__):
        a, b = self.chosen[0][self.name]
        return self.linear(x) + (x @ a.T) @ b


def main():
    unet = make_unet()
    chosen = [None]
    names = [name for name, _ in unet.named_modules() if ".attn" in name and name.rsplit("to_", 1)[-1] in ("q", "k", "v", "out.0")]
    generator = torch.Generator().manual_seed(5)
    draw = lambda *shape: torch.randn(*shape, generator=generator)
    online, average = {}, {}
    for name in names:
        linear = unet.get_submodule(name)
        a, b = 0.3 * draw(RANK, linear.in_features), 0.3 * draw(RANK, linear.out_features)
        online[name] = (a.clone().requires_grad_(), b.clone().requires_grad_())
        average[name] = (a + 0.05 * draw(*a.shape), b + 0.05 * draw(*b.shape))
        parent, last = name.rsplit(".", 1)
        setattr(unet.get_submodule(parent), last, Adapted(linear, name, chosen))

    # Scaled-linear betas, as SimianLuo/LCM_Dreamshaper_v7; the UNet predicts ε.
    betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
    abar = torch.cumprod(1 - betas, 0)

    def at(t):
        return abar[t].sqrt().float().view(-1, 1, 1, 1), (1 - abar[t]).sqrt().float().view(-1, 1, 1, 1)

    def f(z, t, words, guidance):
        alpha, sigma = at(t)
        epsilon = unet(z, t, words, timestep_cond=guidance).sample
        x0 = (z - sigma * epsilon) / alpha
        scaled = (10.0 * t).view(-1, 1, 1, 1)
        return 0.25 / (scaled**2 + 0.25) * z + scaled / (scaled**2 + 0.25).sqrt() * x0

    z0, noise, words = draw(2, 4, 8, 8), draw(2, 4, 8, 8), draw(2, 3, 6)
    t, s = torch.tensor([699, 19]), torch.tensor([599, 0])
    scale = torch.tensor([1.5, 9.0])
    half = 2
    frequency = torch.exp(torch.arange(half) * -(math.log(10000.0) / (half - 1)))
    angle = (scale - 1)[:, None] * 1000 * frequency[None]
    guidance = torch.nn.functional.pad(torch.cat([angle.sin(), angle.cos()], 1), (0, 1))

    noised = lambda when: at(when)[0] * z0 + at(when)[1] * noise
    with torch.no_grad():
        chosen[0] = average
        below = f(noised(s), s, words, guidance)
    results = {"z0": z0, "noise": noise, "words": words, "t": t, "s": s, "guidance_scale": scale, "below": below}
    for method, anchor in (("exact", 0.0), ("anchored", 0.1)):
        chosen[0] = online
        d = f(noised(t), t, words, guidance) - ((1 - anchor) * below + anchor * z0)
        loss = (d.square() + HUBER_C**2).sqrt().sub(HUBER_C).mean()
        gradients = torch.autograd.grad(loss, [value for pair in online.values() for value in pair])
        results[f"{method}.loss"] = loss.detach().view(1)
        for at_name, name in enumerate(names):
            results[f"{method}.{name}.A"], results[f"{method}.{name}.B"] = gradients[2 * at_name : 2 * at_name + 2]
    for name in names:
        for kind, pairs in (("online", online), ("average", average)):
            results[f"{kind}.{name}.A"], results[f"{kind}.{name}.B"] = (value.detach().clone() for value in pairs[name])
    save_file({name: value.contiguous() for name, value in results.items()}, FOLDER / "lcf.safetensors")
    print({name: float(value) for name, value in results.items() if name.endswith(".loss")})


if __name__ == "__main__":
    main()
