#!/bin/sh
# Remove from an environment what serving never opens: docker/slim.sh FOLDER/lib/python3.11/site-packages
# Its one argument is changed for good, so it is for images and not for an environment in use.
set -eu
cd "$1"
[ -d streamlit ] && [ -d pyarrow ] || { echo "$1 is no environment of the dashboard." >&2; exit 1; }

# The compiler behind librosa, which serving does without: pipeline/without_numba.py. What imports
# numba all the same, the command line for example, finds that module under its name.
rm -rf numba llvmlite numba-*.dist-info llvmlite-*.dist-info
echo 'from pipeline.without_numba import *' > numba.py

# Parts of Arrow that nothing asks for: calls to other machines, their files, further formats.
rm -f pyarrow/libarrow_flight.so* pyarrow/libarrow_python_flight.so* pyarrow/libarrow_s3.so*
rm -f pyarrow/_flight.* pyarrow/_s3fs.* pyarrow/_pyarrow_cpp_tests.*
rm -rf pyarrow/include

# What is for compilers, notebooks and developers.
find . -type d \( -name tests -o -name include -o -name labextension -o -name nbextension \) -prune \
  -exec rm -rf {} +
find . -type f \( -name '*.pyx' -o -name '*.pxd' -o -name '*.pxi' -o -name '*.map' \
  -o -name '*.h' -o -name '*.hpp' -o -name '*.a' -o -name '*.c' -o -name '*.cpp' \) -delete
rm -rf onnxruntime/transformers onnxruntime/quantization onnxruntime/tools
rm -f onnxruntime/capi/libonnxruntime.so.*  # for programs in C; Python's own library holds the same

# Names inside of Python's own extensions, which only debuggers read. Libraries in `*.libs` were
# patched for their wheels, and do not load any more without them.
if command -v strip > /dev/null; then
  find . -path './*.libs' -prune -o -type f -name '*.so' -exec strip --strip-unneeded {} +
fi

# A read-only server could keep no bytecode, and would compile each time that it starts. Thousands of
# modules of these two are loaded by a link or a text of their own kind only.
find . -name __pycache__ -prune -exec rm -rf {} +
"${PYTHON:-python3}" -m compileall -q -j 0 --invalidation-mode unchecked-hash \
  -x '(yt_dlp/extractor|pygments/(lexers|styles))/' .
