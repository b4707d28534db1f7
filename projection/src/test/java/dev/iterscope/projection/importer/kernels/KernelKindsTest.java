package dev.iterscope.projection.importer.kernels;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.iterscope.engine.request.UserInputException;
import dev.iterscope.projection.recording.KernelKind;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class KernelKindsTest {

    @TempDir
    Path folder;

    /// Names as profilers print them for vLLM, SGLang and TensorRT-LLM on NVIDIA and AMD devices.
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "nvjet_tst_192x192_64x4_2x1_v_bz_coopB_bias_TNN | gemm",
        "sm90_xmma_gemm_bf16bf16_bf16f32_f32_tn_n_tilesize128x128x64_warpgroupsize1x1x1_execute_segment_k_off_kernel__5x_cublas | gemm",
        "Cijk_Alik_Bljk_BBS_BH_Bias_HA_S_SAV_UserArgs_MT256x192x64_MI16x16x1_SN | gemm",
        "void cutlass::device_kernel<cutlass::gemm::kernel::GemmUniversal<cute::tuple<int>, void>> | gemm",
        "void cublasLt::splitKreduce_kernel<32, 16, int, float> | gemm",
        "void marlin::Marlin<__nv_bfloat16, 256, 1, 8, 8> | gemm",
        "void cutlass::device_kernel<flash::enable_sm90_or_later<flash::FlashAttnFwdSm90<flash::CollectiveMainloopFwdSm90<2>>>> | context_attention",
        "kernel_unified_attention_2d | context_attention",
        "void flash::flash_fwd_splitkv_kernel<Flash_fwd_kernel_traits<128, 64>> | generation_attention",
        "void vllm::paged_attention_v2_kernel<unsigned short, 128> | generation_attention",
        "void flashinfer::BatchDecodeWithPagedKVCacheKernel<(flashinfer::PosEncodingMode)0> | generation_attention",
        "void flashinfer::BatchPrefillWithPagedKVCacheKernel<flashinfer::KernelTraits> | context_attention",
        "fmhaSm100fKernel_QkvBfloat16OBfloat16H128PagedKvCausalP32VarSeqQ128Kv128PersistentContext | context_attention",
        "_fwd_kernel_stage2 | generation_attention",
        "void vllm::rms_norm_kernel<c10::BFloat16> | norm",
        "void flashinfer::norm::FusedAddRMSNormKernel<8, __nv_bfloat16> | norm",
        "triton_red_fused__to_copy_add_mean_mul_pow_rsqrt_0 | norm",
        "void at::native::(anonymous namespace)::vectorized_layer_norm_kernel<float, float, false> | norm",
        "void vllm::act_and_mul_kernel<c10::BFloat16, &vllm::silu_kernel<c10::BFloat16>, true> | activation",
        "triton_poi_fused_mul_silu_slice_1 | activation",
        "void vllm::rotary_embedding_kernel<c10::BFloat16, true> | rotary",
        "void vllm::reshape_and_cache_flash_kernel<__nv_bfloat16, __nv_bfloat16, (vllm::Fp8KVCacheDataType)0> | kv_write",
        "void vllm::concat_and_cache_mla_kernel<__nv_bfloat16> | kv_write",
        "ncclDevKernel_AllReduce_Sum_bf16_RING_LL(ncclDevKernelArgsStorage<4096ul>) | all_reduce",
        "void vllm::cross_device_reduce_1stage<__nv_bfloat16, 8> | all_reduce",
        "fused_moe_kernel | moe",
        "_matmul_ogs_NNT_bf16xbf16xmxfp4_128x128x128x1_swiglu | moe",
        "void vllm::moe::topkGatingSoftmax<4, 128, 4> | moe",
        "_topk_forward | moe",
        "bmm_MxE4m3_MxE2m1MxE4m3_Fp32_Ab32_Bb32_Cb32_t128x128x256u2_s4_et128x32_m256x128x32_c2x1x1_rM_TN_transOut_schPd2x1x2x3_swiGlu_dynB_sm100f | moe",
        "bmm_Bfloat16_E2m1E2m1_Fp32_bA16_bB16_t128x8x512_s4_et64x8_m64x8x64_cga1x1x1_16dp256b_TN_schedS_bN_ldgsts_sm100f | moe",
        "bmm_E2m1_E2m1E2m1_Fp32_bA16_bB16_bC16_t128x8x512u2_siTuGlu_sm100f | moe",
        "gemm_Bfloat16_E4m3E4m3_Fp32_t128x8x128u2_s7_et128x8_m128x8x32_cga1x1x1_16dp256b_TN_sm100f | gemm",
        "finalizeKernelVecLoad | moe",
        "void deep_ep::internode_ll::dispatch<(bool)1, (bool)1, (int)6144>(void *, void *, int *, long *) | moe",
        "void deep_ep::intranode::cached_notify_combine<8>(void **, int *, int) | moe",
        "dispatch | moe",
        "combine | moe",
        "notify_dispatch | moe",
        "void combine<(bool)0, (int)6144, (int)11, (int)4> | moe",
        "get_dispatch_layout | moe",
        "flash_fwd_mla_combine_kernel | context_attention",
        "void at::native::elementwise_kernel_with_dispatch_index | other",
        "void at::native::sbtopk::gatherTopK<float, unsigned int, 2, false> | sampling",
        "void flashinfer::sampling::TopKTopPSamplingFromProbKernel<1024> | sampling",
        "void at::native::reduce_kernel<512, 1, at::native::ReduceOp<float, at::native::ArgMaxOps<float>>> | sampling",
        "void at::native::(anonymous namespace)::cunn_SoftMaxForward<4, float, float, float> | sampling",
        "void at::native::(anonymous namespace)::indexSelectLargeIndex<c10::BFloat16, long> | embedding",
        "void at::native::vectorized_elementwise_kernel<8, at::native::bfloat16_copy_kernel_cuda(at::TensorIteratorBase&)> | copy",
        "void at::native::(anonymous namespace)::CatArrayBatchedCopy<c10::BFloat16, unsigned int, 2> | copy",
        "my_secret_sauce | other"})
    void knowsTheKernelsOfTheField(String name, String kind) {
        assertThat(KernelKinds.standard().of(name, true).label()).isEqualTo(kind);
    }

    @Test
    void anAttentionKernelForBothPhasesIsGenerationInAStepThatOnlyGenerates() {
        assertThat(KernelKinds.standard().of("kernel_unified_attention_3d", false)).isEqualTo(KernelKind.GENERATION_ATTENTION);
        assertThat(KernelKinds.standard().of("nvjet_tst", false)).isEqualTo(KernelKind.GEMM);
    }

    @Test
    void aUsersTableComesFirst() throws IOException {
        Path file = Files.writeString(folder.resolve("kinds.txt"), "# mine\nmoe  secret.*sauce\n\nother ^nvjet\n");
        KernelKinds kinds = KernelKinds.with(file);
        assertThat(kinds.of("my_secret_sauce", true)).isEqualTo(KernelKind.MOE);
        assertThat(kinds.of("nvjet_tst", true)).isEqualTo(KernelKind.OTHER);
        assertThat(kinds.of("fused_moe_kernel", true)).isEqualTo(KernelKind.MOE);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"gem x | line 1: \"gem\" is no kind", "gemm | no expression", "gemm (x | no regular expression"})
    void saysWhatIsWrongWithATable(String line, String what) throws IOException {
        Path file = Files.writeString(folder.resolve("kinds.txt"), line);
        assertThatThrownBy(() -> KernelKinds.with(file)).isInstanceOf(UserInputException.class).hasMessageContaining(what)
                .hasMessageContaining(file.toString());
        assertThatThrownBy(() -> KernelKinds.with(folder.resolve("none"))).isInstanceOf(UserInputException.class);
    }

    @Test
    void recordsKeepNamesWithoutParameters() {
        assertThat(KernelNames.shortened("void a::(anonymous namespace)::b<(int)4, f(c)>(int, d*)"))
                .isEqualTo("a::(anonymous namespace)::b<(int)4, f(c)>");
        assertThat(KernelNames.shortened("ncclDevKernel_SendRecv(ncclDevKernelArgsStorage<4096ul>)")).isEqualTo("ncclDevKernel_SendRecv");
        assertThat(KernelNames.shortened("_topk_forward")).isEqualTo("_topk_forward");
        assertThat(KernelNames.shortened("(")).isEqualTo("(");
    }
}
