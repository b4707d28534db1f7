// A stand-in for libcublasLt over the stand-in of the driver: products of bf16 matrices by their definition in column-major order,
// with the enumerators of cublasLt.h. Refuses what it does not know, and shapes with an odd number of rows in the result.
#include "emulated_driver.h"

#include <stdlib.h>
#include <string.h>

#include <memory>

namespace {

enum { SUCCESS = 0, INVALID_VALUE = 7, NOT_SUPPORTED = 15 };
enum { COMPUTE_32F = 68, R_32F = 0, R_16BF = 14 };

struct Operation {
    int transposedA = 0, epilogue = 1;
    const void* bias = nullptr;
};

struct Layout {
    int type;
    uint64_t rows, columns;
    int64_t leading;
};

struct Product {
    Operation operation;
    Layout a, b, d;
    const void *wA, *wB;
    void* out;
    float beta;
};

float widen(unsigned short half) {
    const unsigned bits = static_cast<unsigned>(half) << 16;
    float value;
    memcpy(&value, &bits, 4);
    return value;
}

unsigned short narrow(float value) {
    unsigned bits;
    memcpy(&bits, &value, 4);
    return static_cast<unsigned short>((bits + 0x7fff + ((bits >> 16) & 1)) >> 16);
}

void multiply(void* argument) {
    std::unique_ptr<Product> p(static_cast<Product*>(argument));
    const unsigned short* a = static_cast<const unsigned short*>(p->wA);
    const unsigned short* b = static_cast<const unsigned short*>(p->wB);
    for (uint64_t column = 0; column < p->d.columns; ++column) {
        for (uint64_t row = 0; row < p->d.rows; ++row) {
            double sum = 0;
            for (uint64_t i = 0; i < p->a.rows; ++i) {
                sum += static_cast<double>(widen(a[row * p->a.leading + i])) * widen(b[column * p->b.leading + i]);
            }
            if (p->operation.epilogue == 4) {
                sum += widen(static_cast<const unsigned short*>(p->operation.bias)[row]);
            }
            const uint64_t at = column * p->d.leading + row;
            if (p->d.type == R_16BF) {
                static_cast<unsigned short*>(p->out)[at] = narrow(static_cast<float>(sum));
            } else {
                float* out = static_cast<float*>(p->out);
                out[at] = static_cast<float>(sum) + (p->beta != 0 ? p->beta * out[at] : 0.0f);
            }
        }
    }
}

}  // namespace

extern "C" {

int cublasLtCreate(void** handle) { *handle = malloc(1); return SUCCESS; }
int cublasLtDestroy(void* handle) { free(handle); return SUCCESS; }
int cublasLtMatmulDescCreate(void** made, int compute, int scale) {
    *made = new Operation();
    return compute == COMPUTE_32F && scale == R_32F ? SUCCESS : INVALID_VALUE;
}
int cublasLtMatmulDescDestroy(void* it) { delete static_cast<Operation*>(it); return SUCCESS; }
int cublasLtMatmulDescSetAttribute(void* it, int attribute, const void* value, size_t bytes) {
    Operation* operation = static_cast<Operation*>(it);
    switch (attribute) {
        case 3: memcpy(&operation->transposedA, value, 4); return bytes == 4 ? SUCCESS : INVALID_VALUE;
        case 7: memcpy(&operation->epilogue, value, 4); return bytes == 4 ? SUCCESS : INVALID_VALUE;
        case 8: memcpy(&operation->bias, value, 8); return bytes == 8 ? SUCCESS : INVALID_VALUE;
        default: return INVALID_VALUE;
    }
}
int cublasLtMatrixLayoutCreate(void** made, int type, uint64_t rows, uint64_t columns, int64_t leading) {
    *made = new Layout{type, rows, columns, leading};
    return SUCCESS;
}
int cublasLtMatrixLayoutDestroy(void* it) { delete static_cast<Layout*>(it); return SUCCESS; }
int cublasLtMatmulPreferenceCreate(void** made) { *made = malloc(8); return SUCCESS; }
int cublasLtMatmulPreferenceDestroy(void* it) { free(it); return SUCCESS; }
int cublasLtMatmulPreferenceSetAttribute(void*, int attribute, const void*, size_t bytes) {
    return attribute == 1 && bytes == 8 ? SUCCESS : INVALID_VALUE;
}

static bool fits(const Operation& operation, const Layout& a, const Layout& b, const Layout& d) {
    return operation.transposedA == 1 && (operation.epilogue == 1 || operation.epilogue == 4) && a.type == R_16BF && b.type == R_16BF
           && a.rows == b.rows && a.columns == d.rows && b.columns == d.columns && d.rows % 2 == 0;
}

int cublasLtMatmulAlgoGetHeuristic(void*, void* operation, void* a, void* b, void* c, void* d, void*, int wanted, void* results,
                                   int* found) {
    const bool usable = c == d && fits(*static_cast<Operation*>(operation), *static_cast<Layout*>(a), *static_cast<Layout*>(b),
                                       *static_cast<Layout*>(d));
    *found = usable && wanted > 0 ? 1 : 0;
    if (*found != 0) {
        memset(results, 0, 96);  // algorithm, workspace, a state of success
    }
    return usable ? SUCCESS : NOT_SUPPORTED;
}

int cublasLtMatmul(void*, void* operation, const void* alpha, const void* a, void* layoutA, const void* b, void* layoutB,
                   const void* beta, const void* c, void* layoutC, void* d, void* layoutD, const void* algorithm, void* workspace,
                   size_t workspaceBytes, void* stream) {
    const float one = *static_cast<const float*>(alpha);
    if (one != 1.0f || c != d || layoutC != layoutD || algorithm == nullptr || workspace == nullptr || workspaceBytes == 0) {
        return INVALID_VALUE;
    }
    return emulated_queue("emulated_cublaslt", multiply,
                          new Product{*static_cast<Operation*>(operation), *static_cast<Layout*>(layoutA),
                                      *static_cast<Layout*>(layoutB), *static_cast<Layout*>(layoutD), a, b, d,
                                      *static_cast<const float*>(beta)},
                          stream);
}

}  // extern "C"
