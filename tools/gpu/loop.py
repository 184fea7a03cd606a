"""AdamW over one flat tensor with clipping and a moving average (onnx/optim/adam.ts), and the loop around it."""
import math
import time

import torch

from checkpoint import load_checkpoint, save_checkpoint


def learning_rate_at(step, adam):
    """Linear warm-up, then half a cosine down to the floor."""
    if step < adam['warmUp']:
        return adam['rate'] * (step + 1) / adam['warmUp']
    way = min(1, (step - adam['warmUp']) / max(1, adam['steps'] - adam['warmUp']))
    return adam['rate'] * (adam['floor'] + (1 - adam['floor']) * 0.5 * (1 + math.cos(math.pi * way)))


class Optimizer:
    def __init__(self, begin, adam):
        self.adam = adam
        self.weights = begin.clone().requires_grad_()
        self.average, self.first, self.second = begin.clone(), torch.zeros_like(begin), torch.zeros_like(begin)
        self.times = None

    def arrays(self):
        names = ('weights', 'average', 'first', 'second')
        return {name: getattr(self, name).detach().cpu().numpy() for name in names}

    @torch.no_grad()
    def step(self, gradient, step):
        """`step` counts from 0. Returns the norm before clipping."""
        adam = self.adam
        norm = gradient.norm()
        gradient = gradient * torch.clamp(adam['clip'] / norm, max=1)
        rate = learning_rate_at(step, adam)
        times = 1 if self.times is None else self.times
        self.first.lerp_(gradient, 1 - adam['beta1'])
        self.second.mul_(adam['beta2']).addcmul_(gradient, gradient, value=1 - adam['beta2'])
        stride = rate / (1 - adam['beta1'] ** (step + 1))
        inverse = 1 / math.sqrt(1 - adam['beta2'] ** (step + 1))
        self.weights.mul_(1 - rate * adam['decay'] * times)
        self.weights.sub_(stride * times * self.first / (self.second.sqrt() * inverse + 1e-8))
        self.average.lerp_(self.weights, 1 - min(adam['average'], (1 + step) / (10 + step)))
        return norm


def train(run, say):
    """Until the last step; a checkpoint every `checkpoint_seconds` and at the end, from which a next call goes on."""
    optimizer, adam = run.optimizer, run.optimizer.adam
    step, before, running = 0, 0.0, None
    if run.resume and run.file_exists():
        record, arrays = load_checkpoint(run.file)
        if record['recipe'] != run.recipe:
            raise SystemExit(f'{run.file} belongs to another recipe. Train without --resume, or into another folder.')
        step, before, running = record['step'], record['seconds'], record['loss']
        with torch.no_grad():
            for name, values in arrays.items():
                getattr(optimizer, name).copy_(torch.from_numpy(values))
    first, start = step, time.time()
    saved = told = start

    def save():
        seconds = before + time.time() - start
        record = {'stage': run.stage, 'step': step, 'random': run.random, 'loss': running, 'bestLoss': running}
        save_checkpoint(run.file, {**record, 'seconds': seconds, 'recipe': run.recipe}, optimizer.arrays())

    while step < adam['steps']:
        objectives = run.objectives(step)
        gradient = None
        for at, (loss, mask) in enumerate(objectives):
            found, = torch.autograd.grad(loss, optimizer.weights, retain_graph=at + 1 < len(objectives))
            found = found if mask is None else found * mask
            gradient = found if gradient is None else gradient + found
        norm = optimizer.step(gradient, step)
        step += 1
        now = time.time()
        if now - told > 5 or step == adam['steps'] or step - first == 1:
            value = float(objectives[0][0].detach())
            if not math.isfinite(value) or not math.isfinite(float(norm)):
                raise SystemExit(f'{run.stage}: the gradient at step {step} is not finite.')
            running = value if running is None else 0.7 * running + 0.3 * value
            speed = run.batch * (step - first) / (now - start)
            left = (adam['steps'] - step) / max(1e-9, (step - first) / (now - start)) / 60
            say(f'{run.stage} {step}/{adam["steps"]} · loss {running:.4g} · norm {float(norm):.2g} · {speed:.0f} samples/s · {left:.1f} min left')
            told = now
        if now - saved > run.checkpoint_seconds or step == adam['steps']:
            save()
            saved = time.time()
    return run.batch * (step - first) / max(1e-9, time.time() - start)
