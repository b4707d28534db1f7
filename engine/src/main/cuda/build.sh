#!/bin/sh
# Compiles the kernels into the jar's resources: cubins for sm_80 and sm_90, PTX for everything else, each packed by gzip.
# Needs nvcc of CUDA 13.0; NVCC names another one. Run it after every change here and check the results in: a test compares
# sources.sha256 with the sources.
set -eu
cd "$(dirname "$0")"
: "${NVCC:=nvcc}"
target=../resources/dev/iterscope/engine/backend/cuda

for architecture in 80 90; do
    mkdir -p "$target/sm_$architecture"
    for source in *.cu; do
        cubin=$target/sm_$architecture/${source%.cu}.cubin
        "$NVCC" -std=c++17 -arch="sm_$architecture" -Xptxas -v -I . -cubin -o "$cubin" "$source"
        gzip -9nf "$cubin"
    done
done

# nvcc writes PTX of its own version, which drivers older than the toolkit refuse. The kernels use nothing newer than PTX 7.0, so
# the version is lowered to that of CUDA 12.0, the oldest driver we take, and ptxas checks that the text is valid as such.
mkdir -p "$target/ptx"
for source in *.cu; do
    ptx="$target/ptx/${source%.cu}.ptx"
    "$NVCC" -std=c++17 -arch=compute_80 -I . -ptx -o - "$source" | sed 's/^\.version .*/.version 8.0/' | grep -v '^//' > "$ptx"
    "$NVCC" -arch=sm_80 -cubin -o /dev/null "$ptx"
    gzip -9nf "$ptx"
done

sha256sum ./*.cu ./*.cuh | sed 's| \./| |' > "$target/sources.sha256"
