"""A second device that is the processor's own memory: what would mix two devices fails, on machines that have one."""

from unittest import mock

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._pytree import tree_leaves

DEVICE = torch.device("cuda:0")
CPU = torch.device("cpu")
ACROSS = {
    "copy_",
    "__set__",
    "__deepcopy__",
    "_has_compatible_shallow_copy_type",
}  # see two devices
TO_NUMPY = {"numpy", "__array__"}


class PretendDevice(TorchFunctionMode):
    """Within it tensors can be moved to ``"cuda:0"``, and an operation on tensors of both devices is refused.

    The rules are those of torch for CUDA: numbers without dimension may come from the processor, and so may indices; a
    generator of the processor cannot fill a tensor of the other device; numpy reads tensors of the processor alone.
    Gradients are computed without a check. Tensors of the device are known by their memory, which is kept until the
    end, so that no other tensor gets it.
    """

    def __init__(self):
        super().__init__()
        self._memory = {}
        self._patch = mock.patch.object(torch.nn.Module, "to", self._module_to())

    def __enter__(self):
        self._patch.start()
        return super().__enter__()

    def __exit__(self, *error):
        self._patch.stop()
        return super().__exit__(*error)

    def _module_to(self):
        """Return ``Module.to`` that moves a module to where a tensor is."""
        real = torch.nn.Module.to

        def to(module, *args, **kwargs):
            if args and isinstance(args[0], torch.Tensor):
                args = (self.device_of(args[0]), args[0].dtype)
            return real(module, *args, **kwargs)

        return to

    def __torch_function__(self, function, types, args=(), kwargs=None):
        kwargs = dict(kwargs or {})
        name = getattr(function, "__name__", str(function))
        if function == torch.Tensor.device.__get__:
            return self.device_of(args[0])
        if name == "to":
            return self._move(args[0], *self._target(*args[1:], **kwargs))
        if name == "cpu":
            return self._move(args[0], CPU, None)
        if name in TO_NUMPY and self.device_of(args[0]) == DEVICE:
            raise TypeError(f"numpy cannot read a tensor of {DEVICE}")
        if function == torch.Tensor.grad.__get__:
            return self._put(function(*args), self.device_of(args[0]))
        asked = None if kwargs.get("device") is None else torch.device(kwargs["device"])
        if asked is not None and asked.type == DEVICE.type:
            kwargs["device"] = CPU
        device = asked or self._common_device(name, args, kwargs)
        if device.type == DEVICE.type and kwargs.get("generator") is not None:
            raise RuntimeError(f"{name}: a generator of the processor cannot draw on {device}")
        result = function(*args, **kwargs)
        for leaf in tree_leaves(result):
            self._put(leaf, device)
        return result

    def device_of(self, tensor):
        """Return the device on which a tensor pretends to be."""
        return DEVICE if _address(tensor) in self._memory else CPU

    def _put(self, value, device):
        if isinstance(value, torch.Tensor) and device.type == DEVICE.type:
            self._memory[_address(value)] = value.untyped_storage()
        return value

    def _move(self, tensor, device, dtype):
        moved = tensor if dtype is None else tensor.to(dtype)
        here = self.device_of(tensor)
        if device is None or device.type == here.type:
            return self._put(moved, here)
        if device.type == "meta":
            return moved.to(device)
        return self._put(moved.clone() if moved is tensor else moved, device)

    def _target(self, *args, **kwargs):
        if args and isinstance(args[0], torch.Tensor):
            return self.device_of(args[0]), args[0].dtype
        return torch._C._nn._parse_to(*args, **kwargs)[:2]

    def _common_device(self, name, args, kwargs):
        tensors = [leaf for leaf in tree_leaves((args, kwargs)) if isinstance(leaf, torch.Tensor)]
        if not tensors:
            return CPU
        if name in ACROSS:
            return self.device_of(tensors[0])
        if name in ("__getitem__", "__setitem__") and self.device_of(tensors[0]) == DEVICE:
            tensors = [tensors[0], *(args[2:] if name == "__setitem__" else ())]
            tensors = [tensor for tensor in tensors if isinstance(tensor, torch.Tensor)]
        everything = {self.device_of(tensor) for tensor in tensors}
        of_whole = {self.device_of(tensor) for tensor in tensors if tensor.ndim}
        if len(everything) > 1 and of_whole != {DEVICE}:
            shapes = [(str(self.device_of(tensor)), tuple(tensor.shape)) for tensor in tensors]
            raise RuntimeError(f"{name}: tensors must be on one device, got {shapes}")
        return DEVICE if DEVICE in everything else CPU


def _address(tensor):
    return tensor.untyped_storage()._cdata
