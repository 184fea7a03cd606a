#!/usr/bin/env python3
"""Compares the twin with the project (networks, losses, schedule, one step of AdamW), and rehearses every stage, on a CPU.

  python tools/gpu/check.py             from the project's root; fails where anything is off by more than 1e-5
  python tools/gpu/check.py --write     and writes what torch answers to test/fixtures/twin.json, for the project's own tests
"""
import json
import os
import subprocess
import sys
import tempfile

import numpy as np
import torch

from checkpoint import load_checkpoint, views_of
from diffusion import Diffusion, distance, edge_loss, guidance_rows, pseudo_huber
from loop import Optimizer
from networks import Scope, critic, text_encoder, unet, vae_decoder, vae_encoder

NODE = ['node', '--import', 'tsx']
ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', '..')
TOLERANCE = 1e-5
MOST = 60  # values of an answer that the fixture keeps


def torch_answers(record, arrays, plan):
    tensors = {name: torch.from_numpy(values) for name, values in arrays.items()}
    weights = {name: views_of(places, tensors[f'weights.{name}']) for name, places in record['places'].items()}
    config = record['configs']
    picture, z = tensors['input.picture'].view(2, 3, 32, 32), tensors['input.z'].view(2, 8, 4, 4)
    context = tensors['input.context'].view(2, 5, -1)
    target, weight = tensors['input.target'].view_as(z), tensors['input.weight'].view(2, 1, 4, 4)
    t, omega = torch.tensor(record['timesteps']), torch.tensor(record['omegas'])
    guidance = guidance_rows(omega, config['unet']['guidanceSize'])
    ids = tensors['input.ids'].view(2, -1).long()
    found = {'input.guidance': guidance}
    found['text.hidden'] = text_encoder(Scope(weights['text']), ids, config['text'])
    found['unet.v'] = unet(Scope(weights['unet']), z, t, context, config['unet'], guidance)
    found['encoder.mean'] = vae_encoder(Scope(weights['encoder']), picture, config['vae'])
    found['decoder.decoded'] = vae_decoder(Scope(weights['decoder']), z, config['vae'])
    found['detailed.mean'] = vae_encoder(Scope(weights['detailed']), picture, config['detailedVae'])
    scores, features = critic(Scope(weights['critic']), picture)
    found |= {'critic.scores': scores, 'critic.feature': features[1]}
    optimizer = Optimizer(tensors['weights.unet'], record['adam'])
    v = unet(Scope(views_of(record['places']['unet'], optimizer.weights)), z, t, context, config['unet'], guidance)
    loss = (weight * (v - target) ** 2).mean()
    gradient, = torch.autograd.grad(loss, optimizer.weights)
    # The project's own gradient: the first step of Adam is about its signs, also where it is nearly 0.
    optimizer.step(tensors['step.gradient'], 0)
    found |= {'step.loss': loss, 'step.gradient': gradient, 'step.weights': optimizer.weights, 'step.average': optimizer.average}
    a, b = picture, picture * 0.5
    found |= {'loss.huber': pseudo_huber(a, b, 0.01), 'loss.edge': edge_loss(a, b, 0.01), 'loss.l2': distance(a, b, 'l2')}
    d = Diffusion(plan['alphasCumprod'], plan['timestepScaling'], 'cpu')
    found |= {'diffusion.noised': d.noised(z, t, target), 'diffusion.consistency': d.consistency(z, t, target)}
    found['diffusion.snr'] = d.min_snr_weight(torch.tensor([*record['timesteps'], 19]), 5, 0.3)
    return {name: value.detach().flatten().numpy() for name, value in found.items()}


def main():
    with tempfile.TemporaryDirectory() as folder:
        prepare = ['tools/gpu/prepare.ts', '--config', 'quick', '--folder', f'{folder}/quick']
        subprocess.run([*NODE, *prepare, '--pictures', '500', '--readings', '500'], cwd=ROOT, check=True)
        with open(f'{folder}/quick/gpu/plan.json') as plan:
            plan = json.load(plan)
        subprocess.run([*NODE, 'tools/gpu/ask.ts', f'{folder}/answers'], cwd=ROOT, check=True)
        record, arrays = load_checkpoint(f'{folder}/answers')
        found, worst = torch_answers(record, arrays, plan), 0
        for name, values in found.items():
            off = float(np.abs(values - arrays[name]).max() / max(1, np.abs(values).max()))
            worst = max(worst, off)
            print(f'{name:24} {off:.1e} of {len(values)}')
        if '--write' in sys.argv:
            some = {name: [float(f'{value:.7g}') for value in values[:: max(1, len(values) // MOST)]] for name, values in found.items()}
            file = os.path.join(ROOT, 'test', 'fixtures', 'twin.json')
            with open(file, 'w') as out:
                about = f'What PyTorch answers to tools/gpu/answers.ts, each thinned to about {MOST} values; by tools/gpu/check.py --write'
                json.dump({'about': about, 'madeWith': {'torch': torch.__version__}, 'most': MOST, 'answers': some}, out)
                out.write('\n')
        if worst > TOLERANCE:
            sys.exit(f'Expected at most {TOLERANCE}, got {worst:.1e}.')
        train = [sys.executable, os.path.join(ROOT, 'tools/gpu/train.py'), f'{folder}/quick']
        subprocess.run([*train, '--steps', '2'], check=True)
        # Its checkpoints are the project's: a model comes out of them, and the next call goes on from them.
        subprocess.run([*NODE, 'main.ts', 'train', 'export', '--config', 'quick', '--folder', f'{folder}/quick'], cwd=ROOT, check=True)
        imagine = ['main.ts', 'imagine', 'a red house', '--out', f'{folder}/picture.png']
        environment = {**os.environ, 'FOURSTROKE_MODEL': f'{folder}/quick/model', 'FOURSTROKE_DATA': f'{folder}/data'}
        subprocess.run([*NODE, *imagine], cwd=ROOT, check=True, env=environment)
        subprocess.run([*train, 'guidance', 'lcd', '--steps', '2', '--resume'], check=True)


if __name__ == '__main__':
    main()
