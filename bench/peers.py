"""One peer of addnorm-bench: y = RMSNorm(x + r) * gamma in another library.

peers.py NAME THREADS FD speaks JSON, one object a line, with addnorm-bench over its standard input
and output; the tensors are in the file behind descriptor FD. It says {"version": ...} first; then

  {"prepare": CASE}  loads the tensors, compiles, calls once; answers {}
  {"outputs": CASE}  writes y and sum into the file;          answers {}
  {"run": CALLS}     calls it so many times;                  answers {"ms": ...}

or {"error": ...} to any of them. CASE has rows, n, type, gamma_type, addends, sum, epsilon, graph
(the same as MLIR), and x, r, gamma, y, total: where each tensor starts in the file.
"""

import hashlib
import json
import mmap
import os
import pathlib
import sys
import tempfile
import time

sys.dont_write_bytecode = True


class Case:
    """The tensors as arrays of our own memory, and what is to be computed of them."""

    def __init__(self, case, file):
        import ml_dtypes
        import numpy

        dtypes = {"f16": numpy.float16, "bf16": ml_dtypes.bfloat16, "f32": numpy.float32}
        self.type, self.sum, self.addends = case["type"], case["sum"], case["addends"]
        self.epsilon, self.graph = case["epsilon"], case["graph"]
        self.shape = case["rows"], case["n"]
        self.dtype, self.gamma_dtype = dtypes[case["type"]], dtypes[case["gamma_type"]]
        self.offsets = case

        def read(name, shape, dtype):
            data = numpy.empty(shape, dtype)
            view = numpy.frombuffer(file, dtype, data.size, case[name]).reshape(shape)
            numpy.copyto(data, view)
            return data

        self.x = read("x", self.shape, self.dtype)
        self.r = read("r", self.shape, self.dtype) if self.addends == 2 else None
        self.gamma = read("gamma", self.shape[1:], self.gamma_dtype)
        self.inputs = [a for a in (self.x, self.r, self.gamma) if a is not None]
        self.outputs = [numpy.empty(self.shape, self.dtype) for _ in range(1 + self.sum)]

    def write(self, file, outputs):
        import numpy

        for name, data in zip(("y", "total"), outputs):
            target = numpy.frombuffer(file, self.dtype, self.x.size, self.offsets[name])
            numpy.copyto(target.reshape(self.shape), data)


class TorchEager:
    """As a model writes it: the add and every step of the norm in an op of its own. The outputs are
    preallocated, what lies between is not."""

    def __init__(self, threads):
        import torch

        torch.set_num_threads(threads)
        self.torch, self.version = torch, torch.__version__

    def tensor(self, array):
        if array.dtype.name == "bfloat16":
            return self.torch.from_numpy(array.view("int16")).view(self.torch.bfloat16)
        return self.torch.from_numpy(array)

    def norm(self, t, gamma, epsilon, y):
        wide = t.float()
        mean = wide.pow(2).mean(-1, keepdim=True)
        u = (wide * self.torch.rsqrt(mean + epsilon)).to(t.dtype)
        self.store(y, gamma * u)

    def store(self, y, value):
        y.copy_(value)

    def add_norm(self, x, r, gamma, epsilon, y, total):
        t = self.torch.add(x, r, out=total)
        self.norm(t, gamma, epsilon, y)

    def prepare(self, case):
        inputs = [self.tensor(a) for a in case.inputs]
        outputs = [self.tensor(a) for a in case.outputs]
        if case.addends == 2 and not case.sum:
            outputs.append(self.torch.empty_like(outputs[0]))
        run = self.function(self.norm if case.addends == 1 else self.add_norm)
        arguments = inputs + [case.epsilon] + outputs

        def call():
            with self.torch.inference_mode():
                run(*arguments)

        return call, lambda: case.outputs

    def function(self, f):
        return f


class TorchCompile(TorchEager):
    """The same through torch.compile, which writes all outputs to the preallocated tensors."""

    def add_norm(self, x, r, gamma, epsilon, y, total=None):
        t = x + r
        self.norm(t, gamma, epsilon, y)
        if total is not None:
            total.copy_(t)

    def prepare(self, case):
        self.torch.compiler.reset()
        call, outputs = super().prepare(case)
        return call, outputs

    def function(self, f):
        return self.torch.compile(f, dynamic=False)


class Xla:
    """jax.jit. The outputs of a call are donated to the next one, which may write over them."""

    def __init__(self, threads):
        import jax

        self.jax, self.version = jax, jax.__version__

    def prepare(self, case):
        jax, jnp = self.jax, self.jax.numpy

        def norm(t, gamma):
            mean = jnp.mean(t * t, axis=-1, keepdims=True)
            y = t * jax.lax.rsqrt(mean + jnp.float32(case.epsilon)) * gamma.astype(jnp.float32)
            return y.astype(case.dtype)

        def add_norm(inputs, old):
            t = sum(a.astype(jnp.float32) for a in inputs[:-1])
            return (norm(t, inputs[-1]), t.astype(case.dtype))[: 1 + case.sum]

        inputs = [jnp.asarray(a) for a in case.inputs]
        outputs = tuple(jnp.asarray(a) for a in case.outputs)
        compiled = jax.jit(add_norm, donate_argnums=1, keep_unused=True)
        compiled = compiled.lower(inputs, outputs).compile()
        state = [outputs]

        def call():
            state[0] = jax.block_until_ready(compiled(inputs, state[0]))

        return call, lambda: state[0]


class OnnxRuntime:
    """SkipSimplifiedLayerNormalization of com.microsoft; inputs and outputs are bound memory."""

    def __init__(self, threads):
        import onnx
        import onnxruntime

        self.onnx, self.ort, self.threads = onnx, onnxruntime, threads
        self.version = onnxruntime.__version__

    def model(self, case):
        helper, types = self.onnx.helper, self.onnx.TensorProto
        element = {"f16": types.FLOAT16, "bf16": types.BFLOAT16, "f32": types.FLOAT}
        gamma = "f32" if case.gamma_dtype != case.dtype else case.type
        if case.addends == 2:
            node = helper.make_node(
                "SkipSimplifiedLayerNormalization", ["x", "r", "gamma"],
                ["y", "", "", "total"] if case.sum else ["y"],
                domain="com.microsoft", epsilon=case.epsilon)
        else:
            node = helper.make_node("SimplifiedLayerNormalization", ["x", "gamma"], ["y"],
                                    axis=-1, epsilon=case.epsilon)
        value = helper.make_tensor_value_info

        def data(*names):
            return [value(name, element[case.type], case.shape) for name in names]

        inputs = data(*("x", "r")[: case.addends])
        inputs.append(value("gamma", element[gamma], case.shape[1:]))
        graph = helper.make_graph([node], "g", inputs, data(*("y", "total")[: 1 + case.sum]))
        opsets = [helper.make_opsetid("", 17), helper.make_opsetid("com.microsoft", 1)]
        model = helper.make_model(graph, opset_imports=opsets)
        model.ir_version = 8
        return model.SerializeToString()

    def prepare(self, case):
        options = self.ort.SessionOptions()
        options.intra_op_num_threads = self.threads
        session = self.ort.InferenceSession(self.model(case), options, ["CPUExecutionProvider"])
        binding = session.io_binding()
        for bound, array in zip(session.get_inputs(), case.inputs):
            binding.bind_cpu_input(bound.name, array)
        results = [self.ort.OrtValue.ortvalue_from_numpy(array) for array in case.outputs]
        for bound, result in zip(session.get_outputs(), results):
            binding.bind_ortvalue_output(bound.name, result)

        def outputs():
            return [result.numpy() for result in results]

        return (lambda: session.run_with_iobinding(binding)), outputs


class OpenVino:
    """An add and the ops of a norm, which the plugin joins to its RMS kernel; tensors are shared."""

    def __init__(self, threads):
        import openvino

        self.ov, self.threads = openvino, threads
        self.version = openvino.__version__.split("-")[0]

    def model(self, case):
        ov, op = self.ov, self.ov.opset13
        import numpy

        def constant(value):
            return op.constant(numpy.float32(value))

        types = {"float16": ov.Type.f16, "bfloat16": ov.Type.bf16, "float32": ov.Type.f32}
        parameters = [op.parameter(a.shape, types[a.dtype.name]) for a in case.inputs]
        t = op.add(*parameters[:2]) if case.addends == 2 else parameters[0]
        wide = op.convert(t, "f32")
        mean = op.reduce_mean(op.power(wide, constant(2)), op.constant([1]), keep_dims=True)
        rstd = op.divide(constant(1), op.sqrt(op.add(mean, constant(case.epsilon))))
        gamma = op.convert(parameters[-1], "f32")
        y = op.convert(op.multiply(op.multiply(wide, rstd), gamma), case.type)
        return ov.Model([y, t][: 1 + case.sum], parameters)

    def prepare(self, case):
        ov = self.ov
        settings = {"INFERENCE_NUM_THREADS": self.threads, "PERFORMANCE_HINT": "LATENCY",
                    "INFERENCE_PRECISION_HINT": "f32"}
        request = ov.Core().compile_model(self.model(case), "CPU", settings).create_infer_request()

        def shared(array):
            if array.dtype.name == "bfloat16":
                return ov.Tensor(array.view("uint16"), array.shape, ov.Type.bf16)
            return ov.Tensor(array, shared_memory=True)

        for i, array in enumerate(case.inputs):
            request.set_input_tensor(i, shared(array))
        for i, array in enumerate(case.outputs):
            request.set_output_tensor(i, shared(array))
        return request.infer, lambda: case.outputs


class Iree:
    """The graph of addnorm-bench through llvm-cpu for this host. It allocates its outputs."""

    def __init__(self, threads):
        import importlib.metadata

        import iree.compiler
        import iree.runtime

        self.compiler, self.runtime = iree.compiler, iree.runtime
        self.device = iree.runtime.get_device("local-sync" if threads == 1 else "local-task")
        self.version = importlib.metadata.version("iree-base-compiler")

    def compile(self, graph):
        """Compiled once, for both thread counts and later runs: as torch keeps what it compiled."""
        key = hashlib.sha256((self.version + graph).encode()).hexdigest()[:32]
        path = pathlib.Path(tempfile.gettempdir(), f"addnorm-bench-iree-{os.getuid()}", key)
        if not path.exists():
            program = self.compiler.compile_str(graph, target_backends=["llvm-cpu"],
                                                extra_args=["--iree-llvmcpu-target-cpu=host"])
            path.parent.mkdir(mode=0o700, exist_ok=True)
            own = path.with_suffix(f".{os.getpid()}")
            own.write_bytes(program)
            own.rename(path)
        return path.read_bytes()

    def prepare(self, case):
        program = self.compile(case.graph)
        context = self.runtime.SystemContext(config=self.runtime.Config(device=self.device))
        module = self.runtime.VmModule.copy_buffer(context.instance, program)
        context.add_vm_module(module)
        function = context.modules.module["main"]
        inputs = [self.runtime.asdevicearray(self.device, array) for array in case.inputs]
        state = [None]

        def call():
            state[0] = function(*inputs)

        def outputs():
            return [a.to_host() for a in (state[0] if case.sum else [state[0]])]

        return call, outputs


PEERS = {"torch-eager": TorchEager, "torch-compile": TorchCompile, "xla": Xla,
         "onnxruntime": OnnxRuntime, "openvino": OpenVino, "iree": Iree}


def limit_threads(threads):
    """Before a library is loaded: many ask for the cores just once."""
    if threads == 1:
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    os.environ["OMP_NUM_THREADS"] = str(threads)
    os.environ["TORCHINDUCTOR_COMPILE_THREADS"] = "1"


def serve(peer, threads, descriptor, answer):
    clock = time.process_time if threads == 1 else time.perf_counter
    file, case, call, outputs = None, None, None, None
    for line in sys.stdin:
        request = json.loads(line)
        try:
            reply = {}
            if "prepare" in request:
                case = call = outputs = None
                file = mmap.mmap(descriptor, 0)
                case = Case(request["prepare"], file)
                call, outputs = peer.prepare(case)
                call()
            elif "outputs" in request:
                case.write(file, outputs())
            else:
                start = clock()
                for _ in range(request["run"]):
                    call()
                reply = {"ms": 1e3 * (clock() - start)}
        except Exception as error:  # whatever a library raises, the others go on
            text = str(error).strip() or type(error).__name__
            reply = {"error": text.splitlines()[0]}
        answer(reply)


def main():
    name, threads, descriptor = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    limit_threads(threads)
    # What libraries print must not come between the answers.
    channel = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)

    def answer(reply):
        channel.write(json.dumps(reply) + "\n")
        channel.flush()

    try:
        peer = PEERS[name](threads)
    except ImportError as error:
        answer({"error": str(error).splitlines()[0]})
        return
    answer({"version": peer.version})
    serve(peer, threads, descriptor, answer)


if __name__ == "__main__":
    main()
