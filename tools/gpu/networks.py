"""The networks of training/networks in PyTorch, function by function, over weights by the same names and in the same shapes.

Weights are a dict of name → tensor; linear layers over tokens have [in, out], those over vectors [out, in], as there.
"""
import math

import torch
import torch.nn.functional as F


class Scope:
    """Weights beneath a prefix: `p('conv_in')` is a scope, `p['weight']` a tensor."""

    def __init__(self, weights, prefix=''):
        self.weights, self.prefix = weights, prefix

    def __call__(self, name):
        return Scope(self.weights, f'{self.prefix}{name}.')

    def __getitem__(self, name):
        return self.weights[self.prefix + name]

    def __contains__(self, name):
        return self.prefix + name in self.weights


# layers.ts

def conv(p, x, stride=1, pad=None):
    weight = p['weight']
    return F.conv2d(x, weight, p['bias'], stride, (weight.shape[-1] - 1) >> 1 if pad is None else pad)


def linear(p, x):
    y = x @ p['weight']
    return y + p['bias'] if 'bias' in p else y


def dense(p, x):
    return F.linear(x, p['weight'], p['bias'] if 'bias' in p else None)


def group_norm(p, x, groups, epsilon=1e-5):
    return F.group_norm(x, groups, p['weight'], p['bias'], epsilon)


def layer_norm(p, x):
    return F.layer_norm(x, x.shape[-1:], p['weight'], p['bias'], 1e-5)


def attention(p, x, context, heads, names=('to_q', 'to_k', 'to_v', 'to_out.0'), causal=False):
    split = lambda y: y.view(*y.shape[:2], heads, -1).transpose(1, 2)
    q, k, v = (split(linear(p(name), y)) for name, y in zip(names, (x, context, context)))
    y = F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    return linear(p(names[3]), y.transpose(1, 2).reshape(x.shape))


# textEncoder.ts

def text_encoder(p, ids, config):
    """input_ids (B, L) → one row for every token, (B, L, size)."""
    p = p('text_model')
    x = p('embeddings.token_embedding')['weight'][ids] + p('embeddings.position_embedding')['weight']
    for layer in range(config['layers']):
        q = p(f'encoder.layers.{layer}')
        own = layer_norm(q('layer_norm1'), x)
        x = x + attention(q('self_attn'), own, own, config['heads'], ('q_proj', 'k_proj', 'v_proj', 'out_proj'), True)
        wide = linear(q('mlp.fc1'), layer_norm(q('layer_norm2'), x))
        x = x + linear(q('mlp.fc2'), wide * torch.sigmoid(1.702 * wide))
    return layer_norm(p('final_layer_norm'), x)


# unet.ts

def unet(p, sample, timestep, context, config, guidance=None):
    """Noisy latents (B, C, H, W), timesteps (B), context (B, L, size), guidance (B, guidanceSize) or none → v (B, C, H, W)."""
    channels, groups, heads, attention_from = (config[k] for k in ('blockChannels', 'groups', 'heads', 'attentionFrom'))
    embedding = time_embedding(p('time_embedding'), timestep, guidance, channels[0])
    if config['classEmbedding']:
        q = p('class_embedding')
        embedding = embedding + dense(q('linear_2'), F.silu(dense(q('linear_1'), context[:, -1])))
    time = F.silu(embedding)

    def resnet(q, x):
        y = conv(q('conv1'), F.silu(group_norm(q('norm1'), x, groups))) + dense(q('time_emb_proj'), time)[:, :, None, None]
        y = conv(q('conv2'), F.silu(group_norm(q('norm2'), y, groups)))
        return y + (conv(q('conv_shortcut'), x) if 'conv_shortcut.weight' in q else x)

    def transformer(q, x):
        batch, size, height, width = x.shape
        y = linear(q('proj_in'), group_norm(q('norm'), x, groups, 1e-6).flatten(2).transpose(1, 2))
        b = q('transformer_blocks.0')
        own = layer_norm(b('norm1'), y)
        y = attention(b('attn1'), own, own, heads) + y
        y = attention(b('attn2'), layer_norm(b('norm2'), y), context, heads) + y
        value, gate = linear(b('ff.net.0.proj'), layer_norm(b('norm3'), y)).chunk(2, -1)
        y = linear(b('ff.net.2'), value * F.gelu(gate)) + y
        return linear(q('proj_out'), y).transpose(1, 2).reshape(batch, size, height, width) + x

    x = conv(p('conv_in'), sample)
    skips = [x]
    levels = len(channels)
    for level in range(levels):
        q = p(f'down_blocks.{level}')
        x = resnet(q('resnets.0'), x)
        if level >= attention_from:
            x = transformer(q('attentions.0'), x)
        skips.append(x)
        if level < levels - 1:
            x = conv(q('downsamplers.0.conv'), x, stride=2)
            skips.append(x)
    q = p('mid_block')
    x = resnet(q('resnets.1'), transformer(q('attentions.0'), resnet(q('resnets.0'), x)))
    for index in range(levels):
        q = p(f'up_blocks.{index}')
        level = levels - 1 - index
        for layer in (0, 1):
            x = resnet(q(f'resnets.{layer}'), torch.cat([x, skips.pop()], 1))
            if level >= attention_from:
                x = transformer(q(f'attentions.{layer}'), x)
        if level > 0:
            x = conv(q('upsamplers.0.conv'), F.interpolate(x, scale_factor=2))
    return conv(p('conv_out'), F.silu(group_norm(p('conv_norm_out'), x, groups)))


def time_embedding(p, timestep, guidance, size):
    half = size // 2
    frequencies = torch.exp(-math.log(10000) * torch.arange(half, device=timestep.device) / half)
    angle = timestep.float()[:, None] * frequencies
    x = torch.cat([angle.cos(), angle.sin()], 1)
    if guidance is not None:
        x = x + dense(p('cond_proj'), guidance)
    return dense(p('linear_2'), F.silu(dense(p('linear_1'), x)))


# vae.ts

def residual(p, x):
    return x + conv(p('conv2'), F.silu(conv(p('conv1'), F.silu(x))))


def vae_encoder(p, picture, config):
    """(B, 3, 8h, 8w), or (B, 3, 16h, 16w) with `fineWidth` → mean of the posterior (B, channels, h, w)."""
    p = p('encoder')
    coarse = coarse_latents(p, picture, config)
    return torch.cat([coarse, detail_latents(p('details'), picture)], 1) if config.get('detailChannels') else coarse


def coarse_latents(p, picture, config):
    x = F.avg_pool2d(picture, 2) if config.get('fineWidth') else picture
    y = F.silu(conv(p('conv_in'), x, stride=2))
    y = F.silu(conv(p('down_blocks.0.downsamplers.0.conv'), y, stride=2))
    y = residual(p('down_blocks.0.resnets.0'), y)
    y = F.silu(conv(p('down_blocks.1.downsamplers.0.conv'), y, stride=2))
    y = residual(p('mid_block.resnets.1'), residual(p('mid_block.resnets.0'), y))
    return conv(p('patches'), x, stride=8, pad=0) + conv(p('conv_out'), y)


def detail_latents(p, picture):
    y = F.silu(conv(p('conv_in'), picture, stride=2))
    for level in range(2):
        y = F.silu(conv(p(f'down_blocks.{level}.downsamplers.0.conv'), y, stride=2))
        y = residual(p(f'down_blocks.{level}.resnets.0'), y)
    y = F.silu(conv(p('down_blocks.2.downsamplers.0.conv'), y, stride=2))
    y = residual(p('mid_block.resnets.1'), residual(p('mid_block.resnets.0'), y))
    return conv(p('conv_out'), y)


def vae_decoder(p, z, config):
    """z (B, channels, h, w) → picture (B, 3, 8h, 8w), or (B, 3, 16h, 16w) with `fineWidth`."""
    p = p('decoder')
    y = conv(p('conv_in'), z)
    for index in range(3):
        y = residual(p(f'mid_block.resnets.{index}'), y)
    y = conv(p('up_blocks.0.upsamplers.0.conv'), F.interpolate(y, scale_factor=2))
    y = residual(p('up_blocks.0.resnets.1'), residual(p('up_blocks.0.resnets.0'), y))
    y = F.pixel_shuffle(conv(p('up_blocks.1.upsamplers.0.conv'), y), 2)
    y = residual(p('up_blocks.1.resnets.0'), y)
    picture = F.pixel_shuffle(conv(p('patches'), z), 8) + F.pixel_shuffle(conv(p('conv_out'), F.silu(y)), 2)
    if not config.get('fineWidth'):
        return picture
    q = p('up_blocks.2')
    y = F.pixel_shuffle(conv(q('upsamplers.0.conv'), F.silu(y)), 2)
    y = residual(q('resnets.1'), residual(q('resnets.0'), y))
    return F.interpolate(picture, scale_factor=2) + F.pixel_shuffle(conv(q('conv_out'), F.silu(y)), 2)


# critic.ts

def critic(p, picture):
    """Pictures (B, 3, H, W) in −1 … 1 → scores (B, 1, H / 8, W / 8) and what it looked at on the way."""
    p = p('critic')
    a = F.silu(conv(p('conv1'), picture, stride=2))
    b = F.silu(group_norm(p('norm2'), conv(p('conv2'), a, stride=2), 8))
    c = F.silu(group_norm(p('norm3'), conv(p('conv3'), b, stride=2), 8))
    return conv(p('conv_out'), c), (a, b, c)
