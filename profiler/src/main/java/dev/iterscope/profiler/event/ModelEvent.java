package dev.iterscope.profiler.event;

import jdk.jfr.Category;
import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Period;
import jdk.jfr.StackTrace;

/// The model that is served: the dimensions that kernel shapes, FLOPs and bytes follow from. Written at the start and
/// in every chunk.
@Name(ModelEvent.NAME)
@Label("Model")
@Category("LLM Serving")
@Description("Dimensions and sizes of the model that is served")
@Period("beginChunk")
@StackTrace(false)
public final class ModelEvent extends Event {

    /// The event's name in a recording.
    public static final String NAME = "iterscope.Model";

    @Label("Model")
    @Description("Name of the model")
    String model = "";

    @Label("Architecture")
    @Description("Architecture as the model's config.json names it")
    String architecture = "";

    @Label("Layers")
    @Description("Transformer layers")
    int layers;

    @Label("Hidden Size")
    @Description("Width of the residual stream")
    int hiddenSize;

    @Label("Intermediate Size")
    @Description("Width of the feed-forward layer; of one expert in a mixture of experts")
    int intermediateSize;

    @Label("Attention Heads")
    @Description("Query heads")
    int attentionHeads;

    @Label("KV Heads")
    @Description("Key and value heads")
    int kvHeads;

    @Label("Head Size")
    @Description("Width of one head")
    int headDim;

    @Label("Vocabulary")
    @Description("Tokens in the vocabulary")
    int vocabSize;

    @Label("Tied Embeddings")
    @Description("Whether the output head shares the weights of the embedding")
    boolean tiedEmbeddings;

    @Label("Experts")
    @Description("Experts in each mixture-of-experts layer; 0 for a dense model")
    int experts;

    @Label("Experts per Token")
    @Description("Experts that each token is sent to; 0 for a dense model")
    int expertsPerToken;

    @Label("Weight Type")
    @Description("Element type of the weights")
    String dtype = "";

    @Label("Parameters")
    @Description("Number of weights")
    double parameters;

    @Label("Weight Size")
    @Description("Memory of the weights")
    @DataAmount
    long weightBytes;

    @Label("KV Size per Token")
    @Description("KV cache that one token takes over all layers")
    @DataAmount
    long kvBytesPerToken;
}
