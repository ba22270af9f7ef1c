"""Reads tensors from a checkpoint in PyTorch's layout of before version 1.6, without PyTorch.

The file is five pickles (magic number, protocol, machine, the tensors' names and shapes, the storages' keys)
followed by the raw storages: for each key a little-endian 64-bit count and that many numbers. The unpickler
resolves the four names that such a file needs and refuses all others, so a hostile file cannot run code.
"""

import collections
import pickle
import struct

import numpy as np

MAGIC = 0x1950A86A20F9469CFC6C
PROTOCOL = 1001


class ArchiveError(Exception):
    """The file is not a checkpoint of the expected layout."""


class _Storage:
    """A storage known by key and type; its numbers come after the pickles."""

    def __init__(self, dtype, key, count):
        self.dtype, self.key, self.count = dtype, key, count


def _rebuild_tensor(storage, offset, shape, stride, requires_grad, hooks):
    return (storage, offset, tuple(shape), tuple(stride))


_ALLOWED = {
    ("collections", "OrderedDict"): collections.OrderedDict,
    ("torch._utils", "_rebuild_tensor_v2"): _rebuild_tensor,
    ("torch", "FloatStorage"): np.dtype("<f4"),
    ("torch", "LongStorage"): np.dtype("<i8"),
}


class _Unpickler(pickle.Unpickler):
    def find_class(self, module, name):
        try:
            return _ALLOWED[module, name]
        except KeyError:
            raise ArchiveError(f"the checkpoint asks for {module}.{name}, which no plain set of tensors needs") from None

    def persistent_load(self, saved_id):
        kind, dtype, key, _location, count, view = saved_id
        if kind != "storage" or view is not None:
            raise ArchiveError(f"unexpected reference of kind {kind!r}")
        return _Storage(dtype, key, count)


def _read_storages(stream, storages, keys):
    numbers = {}
    for key in keys:
        if key not in storages:
            raise ArchiveError(f"storage {key} belongs to no tensor")
        header = stream.read(8)
        if len(header) != 8:
            raise ArchiveError("the file ends early")
        (count,) = struct.unpack("<q", header)
        dtype = storages[key].dtype
        if count != storages[key].count:
            raise ArchiveError(f"storage {key} has {count} numbers instead of {storages[key].count}")
        data = stream.read(count * dtype.itemsize)
        if len(data) != count * dtype.itemsize:
            raise ArchiveError("the file ends early")
        numbers[key] = np.frombuffer(data, dtype)
    return numbers


def read_tensors(path):
    """Returns {name: numpy array} of every tensor in the checkpoint, contiguous."""
    with open(path, "rb") as stream:
        try:
            if _Unpickler(stream).load() != MAGIC or _Unpickler(stream).load() != PROTOCOL:
                raise ArchiveError("not a checkpoint of the old layout")
            machine = _Unpickler(stream).load()
            if not machine.get("little_endian", False):
                raise ArchiveError("numbers are not little endian")
            state = _Unpickler(stream).load()
            keys = _Unpickler(stream).load()
        except (pickle.UnpicklingError, EOFError, ValueError, TypeError, AttributeError) as error:
            raise ArchiveError(f"not a checkpoint of the old layout: {error}") from error
        storages = {storage.key: storage for storage, *_ in state.values()}
        numbers = _read_storages(stream, storages, keys)
        if stream.read(1):
            raise ArchiveError("there is more data than the tensors need")

    return {name: _view(name, numbers[storage.key], offset, shape, stride) for name, (storage, offset, shape, stride) in state.items()}


def _view(name, numbers, offset, shape, stride):
    """The tensor as its own array; strides are free, as tensors converted from TensorFlow are stored transposed."""
    last = offset + sum((extent - 1) * step for extent, step in zip(shape, stride, strict=True))
    if offset < 0 or min(shape + stride, default=0) < 0 or last >= numbers.size:
        raise ArchiveError(f"{name} reaches outside its storage")
    strides = tuple(step * numbers.itemsize for step in stride)
    return np.ascontiguousarray(np.lib.stride_tricks.as_strided(numbers[offset:], shape, strides))
