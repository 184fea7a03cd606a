"""The stages of training/stages in PyTorch: the same recipes, losses and checkpoints, batches drawn by torch."""
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

from checkpoint import load_checkpoint, views_of
from diffusion import Diffusion, distance, guidance_rows, likeness, near, rows
from loop import Optimizer, train
from networks import Scope, critic, text_encoder, unet, vae_decoder, vae_encoder

STAGES = ('vae', 'latents', 'text', 'teacher', 'guidance', 'lcd', 'decoder', 'critic')


class Workspace:
    """A training folder of the project, with what `prepare.ts` wrote into its folder `gpu`."""

    def __init__(self, folder, options):
        self.folder, self.options = folder, options
        with open(self.path('gpu', 'plan.json')) as plan:
            self.plan = json.load(plan)
        self.recipe = self.plan['recipe']
        self.device = 'cuda' if torch.cuda.is_available() else 'cpu'
        self.diffusion = Diffusion(self.plan['alphasCumprod'], self.plan['timestepScaling'], self.device)
        self.side = self.recipe['pictures']['size']
        self.factor = self.plan['spatialFactor']
        self.count = self.plan['pictures']

    def path(self, *names):
        return os.path.join(self.folder, *names)

    def checkpoint(self, stage):
        return self.path(f'{stage}.checkpoint')

    def has(self, stage):
        return os.path.exists(self.checkpoint(stage))

    def tensor(self, values):
        return torch.as_tensor(values, dtype=torch.float32, device=self.device)

    def begin(self, stage):
        return self.tensor(np.fromfile(self.path('gpu', f'{stage}.begin.f32'), '<f4'))

    def places(self, stage):
        return self.plan['places'][stage]

    def average(self, stage):
        """The averaged weights of a stage's last checkpoint, by name."""
        if not self.has(stage):
            raise SystemExit(f'Expected {self.checkpoint(stage)}, found none. Train the stage {stage} first.')
        return views_of(self.places(stage), self.tensor(load_checkpoint(self.checkpoint(stage))[1]['average']))

    def array(self, name, dtype, shape):
        return np.memmap(self.path('gpu', name), dtype, 'r', shape=tuple(shape))

    def autocast(self):
        return torch.autocast('cuda', torch.bfloat16, enabled=self.device == 'cuda')

    # What several stages read

    def vae(self):
        found = self.average('vae')
        for stage in ('details', 'decoder', 'critic'):
            if self.has(stage):
                found |= {name: value for name, value in self.average(stage).items() if not name.startswith('critic.')}
        return Scope(found)

    def statistics(self):
        with open(self.path('latent-statistics.json')) as file:
            found = json.load(file)
        return [self.tensor(found[name])[None, :, None, None] for name in ('mean', 'deviation')]

    def latents(self):
        """All latents, scaled, (count, channels, side, side)."""
        shape = (self.count, self.recipe['vae']['channels'], self.side // self.factor, self.side // self.factor)
        values = np.fromfile(self.path('latents.f32'), '<f4', math.prod(shape)).reshape(shape)
        return self.tensor(values)

    def pictures(self, limit=None):
        """Bytes of the first pictures, (n, side, side, 3), as many as `held_bytes` allow."""
        size = self.side * self.side * 3
        most = min(self.count, limit or self.count, max(1, self.options.held_bytes // size))
        chunks, read = [], 0
        for chunk in range(math.ceil(most / self.plan['chunkSize'])):
            values = np.fromfile(self.path('pictures', f'{chunk:05d}.rgb'), np.uint8)
            chunks.append(torch.from_numpy(values.reshape(-1, self.side, self.side, 3)))
            read += len(chunks[-1])
        return torch.cat(chunks)[:most].to(self.device)

    @torch.no_grad()
    def context(self):
        """Rows of captions (n, L, size) for pictures; and of nothing, (1, L, size). The text encoder is frozen."""
        p, config = Scope(self.average('text')), self.recipe['text']
        length = config['length']
        ids = self.array('captions.i16', '<i2', (self.count, self.plan['captions'], length))
        tokens = torch.from_numpy(np.array(ids)).to(self.device)
        empty = torch.tensor(self.plan['empty'], device=self.device)[None]

        def of(pictures, columns):
            return text_encoder(p, tokens[pictures, columns].long(), config)

        return of, text_encoder(p, empty, config)


def crops(pictures, batch, crop, grid=1):
    """Random crops → planes (B, 3, crop, crop) of −1 … 1, which pictures, and where they lie (in `grid` pixels)."""
    count, side = pictures.shape[:2]
    device = pictures.device
    which = torch.randint(count, (batch,), device=device)
    top, left = (torch.randint((side - crop) // grid + 1, (batch,), device=device) for _ in range(2))
    span = torch.arange(crop, device=device)
    y, x = (top * grid)[:, None] + span, (left * grid)[:, None] + span
    planes = pictures[which[:, None, None], y[:, :, None], x[:, None, :]].permute(0, 3, 1, 2).float() / 127.5 - 1
    return planes, which, top, left


class Run:
    """One stage's weights and how a step teaches them; `objectives(step)` gives losses and which weights each is for."""

    def __init__(self, workspace, stage, begin, adam, batch, recipe):
        self.stage, self.batch, self.recipe = stage, batch, recipe
        self.file, self.resume = workspace.checkpoint(stage), workspace.options.resume
        self.random, self.checkpoint_seconds = workspace.plan['random'], workspace.options.checkpoint_seconds
        self.optimizer = Optimizer(begin, adam)
        self.places = workspace.places(stage)

    def file_exists(self):
        return os.path.exists(self.file)

    def weights(self):
        return Scope(views_of(self.places, self.optimizer.weights))

    def mask(self, prefix):
        return torch.cat([
            torch.full((place['length'],), float(place['name'].startswith(prefix)), device=self.optimizer.weights.device)
            for place in self.places
        ])


def pick(recipe, *names):
    return {name: recipe[name] for name in names}


# autoencoder.ts

def autoencoder(workspace, stage, begin, adam, log_variance):
    recipe, config = workspace.recipe, workspace.recipe['vae']
    kept = {**pick(recipe, 'seed', 'pictures', 'vae'), 'adam': adam, 'logVariance': log_variance}
    run = Run(workspace, stage, begin, adam, config['batch'], kept)
    pictures = workspace.pictures()
    fixed = None if stage == 'vae' else workspace.average('vae')

    def objectives(_step):
        picture, *_ = crops(pictures, config['batch'], config['crop'])
        p = run.weights() if fixed is None else Scope({**fixed, **run.weights().weights})
        with workspace.autocast():
            mean = vae_encoder(p, picture, config)
            decoded = vae_decoder(p, mean + torch.randn_like(mean) * math.exp(log_variance / 2), config)
        return [(likeness(picture, decoded.float()) + 1e-4 * (mean.float() ** 2).mean(), None)]

    run.objectives = objectives
    return run


def vae(workspace):
    config = workspace.recipe['vae']
    return autoencoder(workspace, 'vae', workspace.begin('vae'), config['adam'], config['logVariance'])


def decoder(workspace):
    config, found = workspace.recipe['decoder'], workspace.vae().weights
    begin = torch.cat([found[place['name']].flatten() for place in workspace.places('decoder')])
    return autoencoder(workspace, 'decoder', begin, config['adam'], config['logVariance'])


@torch.no_grad()
def latents(workspace, say):
    """Statistics, where there are none, and all latents; as `measureLatents` and `openLatents`."""
    config, p = workspace.recipe['vae'], workspace.vae()
    size = workspace.side * workspace.side * 3

    def encoded(bytes_):
        planes = torch.from_numpy(bytes_).to(workspace.device).permute(0, 3, 1, 2).float() / 127.5 - 1
        return torch.cat([vae_encoder(p, part, config) for part in planes.split(64)])

    def chunk(at):
        values = np.fromfile(workspace.path('pictures', f'{at:05d}.rgb'), np.uint8)
        return values[: len(values) // size * size].reshape(-1, workspace.side, workspace.side, 3)

    file = workspace.path('latent-statistics.json')
    if not os.path.exists(file):
        found = encoded(chunk(0))
        mean, deviation = found.mean((0, 2, 3)), found.std((0, 2, 3), correction=0)
        some = found[:24]
        whole, importance = vae_decoder(p, some, config), []
        for channel in range(config['channels']):
            without = some.clone()
            without[:, channel] = mean[channel]
            importance.append(((whole - vae_decoder(p, without, config)) ** 2).mean().sqrt())
        scale = workspace.recipe['latents']
        relative = torch.stack(importance) / max(importance)
        relative = relative ** scale['hierarchy']
        spread = relative if scale.get('rms') is None else relative * scale['rms'] / (relative ** 2).mean().sqrt()
        with open(file, 'w') as out:
            json.dump({'mean': mean.tolist(), 'deviation': (deviation / spread).tolist()}, out, indent=2)
    mean, deviation = workspace.statistics()
    with open(workspace.path('latents.f32.new'), 'wb') as out:
        for at in range(math.ceil(workspace.count / workspace.plan['chunkSize'])):
            ((encoded(chunk(at)) - mean) / deviation).cpu().numpy().astype('<f4').tofile(out)
    os.replace(workspace.path('latents.f32.new'), workspace.path('latents.f32'))
    say(f'latents of {workspace.count} pictures')


# textPretraining.ts

def text(workspace):
    recipe, config = workspace.recipe, workspace.recipe['text']
    batch, count, traits = recipe['reader']['batch'], workspace.plan['readings'], workspace.plan['traits']
    run = Run(workspace, 'text', workspace.begin('text'), recipe['reader']['adam'], batch, pick(recipe, 'seed', 'text', 'reader'))
    ids = torch.from_numpy(np.array(workspace.array('readings.i16', '<i2', (count, config['length'])))).to(workspace.device)
    said = torch.from_numpy(np.array(workspace.array('traits.u8', 'u1', (count, traits)))).to(workspace.device)

    def objectives(_step):
        which = torch.randint(count, (batch,), device=workspace.device)
        tokens, p = ids[which].long(), run.weights()
        # The end token also fills up what is left: all of them have read the whole caption, and all have to answer.
        is_end = (tokens == tokens[:, -1:]).float()
        hidden = text_encoder(p, tokens, config)
        x = hidden @ p('traits')['weight'] + p('traits')['bias']
        entropies = F.softplus(x) - x * said[which].float()[:, None]
        return [((entropies * (is_end / is_end.sum(1, keepdim=True))[:, :, None]).sum() / batch, None)]

    run.objectives = objectives
    return run


# teacher.ts, batches.ts

def teacher(workspace):
    recipe, config = workspace.recipe, workspace.recipe['unet']
    options = recipe['teacher']
    if not options['frozenText']:
        raise SystemExit('Expected a recipe with teacher.frozenText: the twin trains the UNet alone.')
    batch = options['batch']
    kept = pick(recipe, 'seed', 'pictures', 'several', 'vae', 'text', 'unet', 'teacher')
    run = Run(workspace, 'teacher', workspace.begin('teacher'), options['adam'], batch, kept)
    z, (context, _) = workspace.latents(), workspace.context()
    side = z.shape[-1]
    shown = torch.from_numpy(np.fromfile(workspace.path('gpu', 'training-set.i32'), '<i4')).long().to(workspace.device)
    things = torch.from_numpy(np.array(workspace.array('things.u8', 'u1', (workspace.count, side, side)))).to(workspace.device)
    late, snr = options['late'], options['snr']

    def objectives(_step):
        which = shown[torch.randint(len(shown), (batch,), device=workspace.device)]
        columns = torch.randint(1, workspace.plan['captions'], (batch,), device=workspace.device)
        # Stratified: every batch sees all noise levels, `late.share` of them below `late.below`.
        way = (torch.arange(batch, device=workspace.device) + torch.rand(batch, device=workspace.device)) / batch
        share, below = late['share'], late['below']
        t = torch.where(way < share, way / share * below, below + (way - share) / (1 - share) * (1000 - below)).long()
        noise = torch.randn_like(z[which])
        sample, target = workspace.diffusion.noised(z[which], t, noise), workspace.diffusion.v(z[which], t, noise)
        cells = 1 + (options['focus'] - 1) * things[which].float()
        weight = cells / cells.mean((1, 2), keepdim=True) * workspace.diffusion.min_snr_weight(t, **snr)[:, None, None]
        with workspace.autocast():
            v = unet(run.weights(), sample, t, context(which, columns), config)
        return [((weight[:, None] * (v.float() - target) ** 2).mean(), None)]

    run.objectives = objectives
    return run


# distillation.ts, student.ts

def student_batches(workspace):
    """→ a function that draws z, from, ω, context and says the guided teacher's v within an interval of timesteps."""
    recipe, device = workspace.recipe, workspace.device
    options, config = recipe['lcd'], recipe['unet']
    z0, (context, nothing) = workspace.latents(), workspace.context()
    shown = torch.from_numpy(np.fromfile(workspace.path('gpu', 'training-set.i32'), '<i4')).long().to(device)
    teacher_ = Scope(workspace.average('teacher'))
    batch, skip, (least, most) = options['batch'], options['skip'], options['omega']

    def draw():
        which = shown[torch.randint(len(shown), (batch,), device=device)]
        columns = torch.randint(1, workspace.plan['captions'], (batch,), device=device)
        steps = 1000 // skip
        way = (torch.arange(batch, device=device) + torch.rand(batch, device=device)) / batch
        start = ((way * steps).long() + 1) * skip - 1
        # Half of them in the lowest quarter of the range, where people paint.
        omega = least + (most - least) * torch.rand(batch, device=device) ** 2
        z = workspace.diffusion.noised(z0[which], start, torch.randn_like(z0[which]))
        rows_ = context(which, columns)

        @torch.no_grad()
        def teacher_v(z, t, between):
            with workspace.autocast():
                both = unet(teacher_, torch.cat([z, z]), torch.cat([t, t]), torch.cat([rows_, nothing.expand_as(rows_)]), config)
            with_, without = both.float().chunk(2)
            inside = (t >= between[0]) & (t < between[1])
            return with_ + rows(omega * inside) * (with_ - without)

        return z, start, omega, rows_, teacher_v

    return draw


def student(workspace, weights, z, t, rows_, omega):
    size = workspace.recipe['lcd']['guidanceSize']
    with workspace.autocast():
        return unet(weights, z, t, rows_, workspace.recipe['unet'], guidance_rows(omega, size)).float()


PROJECTION = 'time_embedding.cond_proj.weight'


def guidance(workspace):
    recipe, places = workspace.recipe, workspace.places('guidance')
    options, found = recipe['guidance'], workspace.average('teacher')
    begin = torch.cat([
        0.02 * torch.randn(place['length'], device=workspace.device) if place['name'] == PROJECTION else found[place['name']].flatten()
        for place in places
    ])
    run = Run(workspace, 'guidance', begin, options['adam'], recipe['lcd']['batch'], pick(recipe, 'teacher', 'lcd', 'guidance'))
    run.optimizer.times = 1 + (options['projectionRate'] - 1) * run.mask(PROJECTION)
    draw = student_batches(workspace)

    def objectives(_step):
        z, t, omega, rows_, teacher_v = draw()
        target = teacher_v(z, t, options['guidedBetween'])
        return [(((student(workspace, run.weights(), z, t, rows_, omega) - target) ** 2).mean(), None)]

    run.objectives = objectives
    return run


# lcd.ts

def lcd(workspace):
    recipe, options = workspace.recipe, workspace.recipe['lcd']
    if options['solver'] != 'ddim':
        raise SystemExit(f'Expected lcd.solver to be ddim, got {options["solver"]}: the twin has no other.')
    if workspace.has('guidance'):
        found = workspace.average('guidance')
    else:
        found = {**workspace.average('teacher'), PROJECTION: None}
    begin = torch.cat([
        torch.zeros(place['length'], device=workspace.device) if found[place['name']] is None else found[place['name']].flatten()
        for place in workspace.places('lcd')
    ])
    run = Run(workspace, 'lcd', begin, options['adam'], options['batch'], recipe)
    draw, d = student_batches(workspace), workspace.diffusion

    def objectives(_step):
        z, t, omega, rows_, teacher_v = draw()
        to = (t - options['skip']).clamp(min=0)
        with torch.no_grad():
            z_next = d.ddim(z, t, teacher_v(z, t, options['guidedBetween']), to)
            target = Scope(views_of(run.places, run.optimizer.average))
            goal = d.consistency(z_next, to, student(workspace, target, z_next, to, rows_, omega))
        f = d.consistency(z, t, student(workspace, run.weights(), z, t, rows_, omega))
        return [(distance(f, goal, options['distance']), None)]

    run.objectives = objectives
    return run


# critic.ts

def sharpen(workspace):
    recipe, config, options = workspace.recipe, workspace.recipe['vae'], workspace.recipe['critic']
    found, begin = workspace.vae().weights, views_of(workspace.places('critic'), workspace.begin('critic'))
    flat = torch.cat([found.get(place['name'], begin[place['name']]).flatten() for place in workspace.places('critic')])
    run = Run(workspace, 'critic', flat, options['adam'], config['batch'], pick(recipe, 'seed', 'pictures', 'vae', 'critic'))
    pictures, crop = workspace.pictures(), config['crop']
    z = workspace.latents()[: len(pictures)]
    raws = [each * workspace.statistics()[1] + workspace.statistics()[0] for each in (z, denoised(workspace, z))]
    side, noise = crop // workspace.factor, math.exp(options['logVariance'] / 2)
    ours, theirs = run.mask('decoder.'), run.mask('critic.')

    def objectives(_step):
        picture, which, top, left = crops(pictures, config['batch'], crop, workspace.factor)
        is_denoised = rows(torch.rand(len(which), device=workspace.device) < 0.5)
        span = torch.arange(side, device=workspace.device)
        y, x = top[:, None] + span, left[:, None] + span
        cut = lambda raw: raw[which[:, None, None], :, y[:, :, None], x[:, None, :]].permute(0, 3, 1, 2)
        latent = torch.where(is_denoised, cut(raws[1]), cut(raws[0]) + noise * torch.randn(len(which), config['channels'], side, side, device=workspace.device))
        p = run.weights()
        with workspace.autocast():
            decoded = vae_decoder(p, latent, config)
            real, painted = critic(p, picture), critic(p, decoded)
        alike = sum((a.float() - b.float()).abs().mean() for a, b in zip(painted[1], real[1]))
        loss = near(picture, decoded.float()) + options['features'] * alike - options['adversarial'] * painted[0].float().mean()
        missed = F.relu(1 - real[0].float()).mean() + F.relu(painted[0].float() + 1).mean()
        return [(loss, ours), (missed, theirs)]

    run.objectives = objectives
    return run


@torch.no_grad()
def denoised(workspace, z):
    """Latents noised to one of the last two of four timesteps and denoised in one call, by the student where there is one."""
    recipe, (context, _) = workspace.recipe, workspace.context()
    stage = 'lcd' if workspace.has('lcd') else 'teacher'
    weights, out = Scope(student_weights(workspace) if stage == 'lcd' else workspace.average('teacher')), []
    for part in torch.arange(len(z), device=workspace.device).split(256):
        t = torch.where(part % 2 == 0, 259, 499)
        sample = workspace.diffusion.noised(z[part], t, torch.randn_like(z[part]))
        rows_ = context(part, torch.zeros_like(part))
        if stage == 'lcd':
            v = student(workspace, weights, sample, t, rows_, torch.full((len(part),), 2.0, device=workspace.device))
        else:
            v = unet(weights, sample, t, rows_, recipe['unet'])
        out.append(workspace.diffusion.x0(sample, t, v))
    return torch.cat(out)


def student_weights(workspace):
    """As `trainedStudent`: the distilled weights, with as much of those that they began with as the recipe says."""
    share = workspace.recipe['lcd']['distilledShare']
    distilled = workspace.average('lcd')
    before = workspace.average('guidance') if workspace.has('guidance') else {**distilled, **workspace.average('teacher')}
    return {name: (1 - share) * before[name] + share * value for name, value in distilled.items()}


RUNS = {'vae': vae, 'text': text, 'teacher': teacher, 'guidance': guidance, 'lcd': lcd, 'decoder': decoder, 'critic': sharpen}


def train_stage(workspace, stage, say):
    """→ samples per second, or none where nothing was trained."""
    if stage == 'latents':
        return latents(workspace, say)
    return train(RUNS[stage](workspace), say)
