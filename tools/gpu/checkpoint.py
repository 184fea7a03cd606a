"""Checkpoints as onnx/optim/checkpoint.ts writes them: `FSCP`, uint32 length, JSON header, little-endian float32 arrays."""
import json
import os
import struct

import numpy as np


def load_checkpoint(file):
    """→ (record, name → float32 array)"""
    with open(file, 'rb') as source:
        magic, length = source.read(4), struct.unpack('<I', source.read(4))[0]
        if magic != b'FSCP':
            raise SystemExit(f'Expected {file} to be a checkpoint, got other bytes.')
        record = json.loads(source.read(length))
        arrays = {each['name']: np.fromfile(source, '<f4', each['length']) for each in record.pop('arrays')}
    return record, arrays


def save_checkpoint(file, record, arrays):
    """Beside the old file, then over it, so that one whole checkpoint exists at every moment."""
    os.makedirs(os.path.dirname(file) or '.', exist_ok=True)
    lengths = [{'name': name, 'length': len(values)} for name, values in arrays.items()]
    header = json.dumps({**record, 'arrays': lengths}, separators=(',', ':')).encode()
    with open(f'{file}.new', 'wb') as out:
        out.write(b'FSCP' + struct.pack('<I', len(header)) + header)
        for values in arrays.values():
            np.asarray(values, '<f4').tofile(out)
        os.fsync(out.fileno())
    os.replace(f'{file}.new', file)


def views_of(places, flat):
    """Each weight of a flat tensor by name. One split, so that its gradient is one concatenation."""
    pieces = flat.split([place['length'] for place in places])
    return {place['name']: piece.view(place['shape']) for place, piece in zip(places, pieces)}
