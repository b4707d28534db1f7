#!/bin/sh
# Compiles the stand-ins of NVIDIA's libraries into a folder: emulate.sh FOLDER. With LD_LIBRARY_PATH=FOLDER everything that
# wants a GPU runs on the host, thousands of times slower. libcupti needs NVIDIA's headers and is left out where there are none.
set -eu
folder=$1
here=${0%/*}
mkdir -p "$folder"
flags="-std=c++17 -O2 -U_FORTIFY_SOURCE -Wall -Werror -Wno-unknown-pragmas -shared -fPIC -pthread"
# shellcheck disable=SC2086  # the flags are separated by blanks
{
    g++ $flags -I"$here/../../main/cuda" -I"$here" -Wl,-soname,libcuda.so.1 -o "$folder/libcuda.so.1" "$here/emulated_driver.cpp"
    g++ $flags -I"$here" -o "$folder/libcublasLt.so.13" "$here/emulated_cublaslt.cpp" "$folder/libcuda.so.1"
    for include in "${CUDA_HOME:-/usr/local/cuda}/include"; do
        [ -f "$include/cupti.h" ] || continue
        g++ $flags -isystem "$include" -I"$here" -o "$folder/libcupti.so.13" "$here/emulated_cupti.cpp" "$folder/libcuda.so.1"
    done
    gcc -Wall -Werror -shared -fPIC -o "$folder/libnvidia-ml.so.1" "$here/emulated_nvml.c"
}
