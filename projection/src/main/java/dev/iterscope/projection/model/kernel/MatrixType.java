package dev.iterscope.projection.model.kernel;

import java.util.Locale;
import java.util.Optional;

/// Types that measured tables distinguish, with a stable code for model files.
public enum MatrixType {
    /// 16 bits: bf16 or f16.
    BFLOAT16(0, "bfloat16", 2),
    /// 8-bit floating point with one scale per tensor or channel.
    FP8(1, "fp8", 1),
    /// 8-bit floating point with a scale per block of 128 x 128.
    FP8_BLOCK(2, "fp8_block", 1),
    /// 8-bit integers, weights and activations.
    INT8(3, "int8", 1),
    /// 4-bit integers with group scales.
    INT4(4, "int4", 0.5),
    /// 4-bit floating point with block scales.
    NVFP4(5, "nvfp4", 0.5625),
    /// 32 bits.
    FLOAT32(6, "float32", 4),
    /// 8-bit integer weights that are multiplied in 16 bits.
    INT8_WEIGHTS(7, "int8_wo", 1);

    private final int code;
    private final String label;
    private final double bytes;

    MatrixType(int code, String label, double bytes) {
        this.code = code;
        this.label = label;
        this.bytes = bytes;
    }

    /// Number used in rows.
    public int code() {
        return code;
    }

    /// The word that tables use.
    public String label() {
        return label;
    }

    /// Bytes of an element, its share of scales included.
    public double bytes() {
        return bytes;
    }

    /// The type with this code; 16 bits for an unknown one.
    public static MatrixType ofCode(int code) {
        for (MatrixType type : values()) {
            if (type.code == code) {
                return type;
            }
        }
        return BFLOAT16;
    }

    /// The type that a table's word means.
    public static Optional<MatrixType> ofLabel(String word) {
        String lower = word.toLowerCase(Locale.ROOT);
        return switch (lower) {
            case "bf16", "float16", "fp16", "half", "bfloat16", "auto" -> Optional.of(BFLOAT16);
            case "fp8", "fp8_e4m3", "fp8_static", "fp8_ootb" -> Optional.of(FP8);
            case "int8", "sq" -> Optional.of(INT8);
            case "int4", "int4_wo" -> Optional.of(INT4);
            case "float32", "fp32", "float" -> Optional.of(FLOAT32);
            default -> {
                for (MatrixType type : values()) {
                    if (type.label.equals(lower)) {
                        yield Optional.of(type);
                    }
                }
                yield Optional.empty();
            }
        };
    }
}
