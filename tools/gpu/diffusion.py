"""The forward process, its solver and losses, as training/solvers and onnx/optim/loss.ts have them."""
import math

import torch
import torch.nn.functional as F


class Diffusion:
    """z_t = α z + σ ε and v = α ε − σ z; `alphas_cumprod` as the schedule of the project says it, (1000)."""

    def __init__(self, alphas_cumprod, timestep_scaling, device):
        abar = torch.tensor(alphas_cumprod, dtype=torch.float64)
        self.alpha, self.sigma = abar.sqrt().float().to(device), (1 - abar).sqrt().float().to(device)
        self.snr = (abar / (1 - abar)).float().to(device)
        self.scaling = timestep_scaling

    def noised(self, z, t, noise):
        return rows(self.alpha[t]) * z + rows(self.sigma[t]) * noise

    def v(self, z, t, noise):
        return rows(self.alpha[t]) * noise - rows(self.sigma[t]) * z

    def x0(self, z, t, v):
        return rows(self.alpha[t]) * z - rows(self.sigma[t]) * v

    def epsilon(self, z, t, v):
        return rows(self.sigma[t]) * z + rows(self.alpha[t]) * v

    def ddim(self, z, t, v, to):
        return rows(self.alpha[to]) * self.x0(z, t, v) + rows(self.sigma[to]) * self.epsilon(z, t, v)

    def consistency(self, z, t, v):
        """f(z, t) = c_skip z + c_out x̂₀ (arXiv 2310.04378)."""
        scaled = (self.scaling * t.float()) ** 2
        return rows(0.25 / (scaled + 0.25)) * z + rows((scaled / (scaled + 0.25)).sqrt()) * self.x0(z, t, v)

    def min_snr_weight(self, t, gamma, floor):
        snr = self.snr[t]
        return (snr.clamp(max=gamma) / (snr + 1)).clamp(min=floor)


def rows(x):
    return x[:, None, None, None]


def guidance_rows(omega, size):
    """ω (B) → (B, size), as embedGuidance of ω + 1."""
    half = size // 2
    frequencies = torch.exp(torch.arange(half, device=omega.device) * (-math.log(10000) / (half - 1)))
    angle = omega[:, None] * 1000 * frequencies
    return torch.cat([angle.sin(), angle.cos()], 1)


def pseudo_huber(a, b, c):
    return ((a - b) ** 2 + c * c).sqrt().sub(c).mean()


def distance(a, b, of):
    return ((a - b) ** 2).mean() if of == 'l2' else pseudo_huber(a, b, of['huber'])


def edge_loss(a, b, c):
    d = a - b
    smooth = lambda x: (x * x + c * c).sqrt().sub(c).mean()
    return smooth(d[..., 1:] - d[..., :-1]) + smooth(d[..., 1:, :] - d[..., :-1, :])


def likeness(picture, decoded):
    return pseudo_huber(decoded, picture, 0.01) + edge_loss(decoded, picture, 0.01)


def near(picture, decoded):
    """`likeness`, and how near both are at a half and a quarter of the size."""
    pools = sum(pseudo_huber(F.avg_pool2d(decoded, k), F.avg_pool2d(picture, k), 0.01) for k in (2, 4))
    return likeness(picture, decoded) + pools
