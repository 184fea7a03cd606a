#!/usr/bin/env python3
"""Trains stages of a recipe with PyTorch, in a folder that prepare.ts has prepared; its checkpoints are the project's.

  python tools/gpu/train.py FOLDER [stages …]           all stages of the recipe, or those that are named
  python tools/gpu/train.py FOLDER --measure            samples per second of every stage, a few seconds each, nothing kept
  python tools/gpu/train.py FOLDER --dry                three steps of every stage, nothing kept: a rehearsal, on a CPU as well
  … --set teacher.batch=1024 teacher.adam.rate=1.2e-3   changes the recipe, and says so in its checkpoints
  … --minutes teacher=5 lcd=2                           as many steps of a stage as fit into the time, by its measured speed
"""
import argparse
import copy
import json
import os
import shutil
import tempfile
import time

import torch

from loop import train
from stages import RUNS, STAGES, Workspace, train_stage

START = time.time()
# Where the recipe says a stage's batch.
BATCHES = {'vae': 'vae', 'decoder': 'vae', 'critic': 'vae', 'text': 'reader', 'teacher': 'teacher', 'guidance': 'lcd', 'lcd': 'lcd'}


def say(message):
    print(f'[{time.time() - START:7.1f} s] {message}', flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('folder')
    parser.add_argument('stages', nargs='*')
    parser.add_argument('--set', nargs='*', default=[], metavar='PATH=VALUE')
    parser.add_argument('--minutes', nargs='*', default=[], metavar='STAGE=MINUTES')
    parser.add_argument('--steps', type=int, help='of every stage, instead of those of the recipe')
    parser.add_argument('--measure', action='store_true')
    parser.add_argument('--dry', action='store_true')
    parser.add_argument('--resume', action='store_true')
    parser.add_argument('--held-bytes', type=float, default=8e9, help='of pictures in memory')
    parser.add_argument('--checkpoint-seconds', type=float, default=300)
    options = parser.parse_args()
    unknown = [stage for stage in options.stages if stage not in STAGES]
    if unknown:
        parser.error(f'Expected stages out of {", ".join(STAGES)}, got {", ".join(unknown)}.')
    options.held_bytes = int(options.held_bytes)
    torch.set_float32_matmul_precision('high')
    torch.backends.cudnn.benchmark = True
    torch.manual_seed(1)
    if not torch.cuda.is_available():
        torch.set_num_threads(1)  # its threads would wait for each other where other programs run

    workspace = Workspace(options.folder, options)
    for change in options.set:
        path, value = change.split('=', 1)
        *names, last = path.split('.')
        place = workspace.recipe
        for name in names:
            place = place[name]
        if last not in place:
            parser.error(f'Expected a number of the recipe, got {path}.')
        place[last] = json.loads(value)
    if options.dry or options.measure:
        options.steps = 3 if options.dry else 40
    if options.steps:
        for stage in RUNS:
            adam_of(workspace.recipe, stage)['steps'] = options.steps
    say(f'{torch.cuda.get_device_name() if workspace.device == "cuda" else "CPU"}, torch {torch.__version__}')
    stages = options.stages or [s for s in STAGES if s in workspace.plan['stages']]
    if options.dry or options.measure:
        return rehearse(workspace, stages, quiet=options.measure)
    minutes = dict(pair.split('=') for pair in options.minutes)
    for stage in stages:
        if stage in minutes:
            fit(workspace, stage, float(minutes[stage]))
        train_stage(workspace, stage, say)


def adam_of(recipe, stage):
    return recipe['reader' if stage == 'text' else stage]['adam']


def fit(workspace, stage, minutes):
    """Sets the steps of a stage to what fits into the time."""
    speed = measured(workspace, stage, 40)
    adam = adam_of(workspace.recipe, stage)
    batch = workspace.recipe[BATCHES[stage]]['batch']
    adam['steps'] = max(10, int(speed * minutes * 60 / batch))
    adam['warmUp'] = min(adam['warmUp'], adam['steps'] // 10)
    say(f'{stage}: {speed:.0f} samples/s, {adam["steps"]} steps of {batch}')


def measured(workspace, stage, steps):
    """Samples per second of a few steps, in a folder that is thrown away."""
    if stage not in RUNS:
        return 0
    recipe, folder = workspace.recipe, workspace.folder
    workspace.recipe = copy.deepcopy(recipe)
    adam_of(workspace.recipe, stage)['steps'] = steps
    run = RUNS[stage](workspace)
    with tempfile.TemporaryDirectory() as away:
        run.file, run.resume = f'{away}/{stage}.checkpoint', False
        train(run, lambda message: None)  # the first steps choose kernels
        speed = train(run, lambda message: None)
    workspace.recipe = recipe
    return speed


def rehearse(workspace, stages, quiet):
    """Every stage in a copy of the folder, so that nothing that is there is touched."""
    with tempfile.TemporaryDirectory() as away:
        shutil.copytree(workspace.folder, away, dirs_exist_ok=True, ignore=shutil.ignore_patterns('pictures', 'sheets'))
        os.symlink(os.path.abspath(workspace.path('pictures')), os.path.join(away, 'pictures'))
        workspace.folder = away
        for stage in stages:
            speed = train_stage(workspace, stage, (lambda message: None) if quiet else say)
            say(f'{stage}: {speed:.0f} samples/s' if speed else f'{stage}: done')


if __name__ == '__main__':
    main()
