"""One target of latent consistency distillation, from the formulas of the paper (arXiv 2310.04378) in torch.

Writes test/fixtures/goldens/distillation.json: for given noisy latents and network outputs, the guided solver step, the
target's consistency function, and the pseudo-Huber loss. Run: python tools/reference/distillation.py
"""

import json
from pathlib import Path

import torch

torch.manual_seed(0)
batch, shape, skip, huber = 4, (2, 2, 2), 20, 0.001

# Scaled-linear betas, rescaled to zero terminal SNR (arXiv 2305.08891).
betas = torch.linspace(0.00085**0.5, 0.012**0.5, 1000, dtype=torch.float64) ** 2
roots = torch.cumprod(1 - betas, 0).sqrt()
roots = (roots - roots[-1]) * roots[0] / (roots[0] - roots[-1])
abar = roots**2

start = torch.tensor([19, 259, 699, 999])
end = (start - skip).clamp(min=0)
omega = torch.tensor([0.0, 1.0, 2.5, 6.0], dtype=torch.float64).view(-1, 1, 1, 1)


def draw():
    return torch.randn(batch, *shape, dtype=torch.float64)


z, v_words, v_nothing, v_student = draw(), draw(), draw(), draw()
v_target = draw()


def at(t):
    return abar[t].sqrt().view(-1, 1, 1, 1), (1 - abar[t]).sqrt().view(-1, 1, 1, 1)


def both(z, v, t):
    alpha, sigma = at(t)
    return alpha * z - sigma * v, sigma * z + alpha * v


def consistency(z, v, t):
    scaled = (10.0 * t).view(-1, 1, 1, 1).double()
    c_skip = 0.25 / (scaled**2 + 0.25)
    c_out = scaled / (scaled**2 + 0.25).sqrt()
    return c_skip * z + c_out * both(z, v, t)[0]


x0, epsilon = both(z, v_words, start)
x0_nothing, epsilon_nothing = both(z, v_nothing, start)
x0 = x0 + omega * (x0 - x0_nothing)
epsilon = epsilon + omega * (epsilon - epsilon_nothing)
alpha, sigma = at(end)
z_end = alpha * x0 + sigma * epsilon

f, target = consistency(z, v_student, start), consistency(z_end, v_target, end)
loss = ((f - target) ** 2 + huber**2).sqrt().sub(huber).mean()

numbers = {
    "start": start,
    "end": end,
    "omega": omega.flatten(),
    "z": z,
    "vWords": v_words,
    "vNothing": v_nothing,
    "vStudent": v_student,
    "vTarget": v_target,
    "zEnd": z_end,
    "target": target,
    "loss": loss.view(1),
}
rounded = {name: [round(number, 9) for number in value.flatten().tolist()] for name, value in numbers.items()}
file = Path(__file__).parents[2] / "test/fixtures/goldens/distillation.json"
file.write_text(json.dumps(rounded) + "\n")
