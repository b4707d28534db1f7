// The batch of a step as the host uploads it: one array of ints. It starts with a header of counts and offsets (in ints from the
// array's start), so that the array is as short as the batch and a captured graph can be replayed over any batch of its size.
// Written by StepUpload.java; the two must agree.
#pragma once

enum StepField {
    TOKENS = 0,             // rows of the step
    SAMPLES = 1,            // rows that yield a token
    CONTEXT_ITEMS = 2,      // tiles of the context attention kernel
    GENERATION_ITEMS = 3,   // tokens of the generation attention kernel
    TOKEN_IDS = 4,          // per row: token id, or -1 - i for sampled[i], a token that the host does not know yet
    POSITIONS = 5,          // per row: position in its sequence
    KV_SLOTS = 6,           // per row: block x block size + offset in block, where its key and value go
    ENTRY_FIRST_ROW = 7,    // per entry: its first row
    ENTRY_ROWS = 8,         // per entry: its number of rows
    ENTRY_TABLE = 9,        // per entry: where its block table starts
    CONTEXT_ENTRY = 10,     // per context item: entry
    CONTEXT_ROW = 11,       // per context item: first of its (token, head) rows within the entry
    GENERATION_ENTRY = 12,  // per generation item: entry
    GENERATION_PART = 13,   // per generation item: index of its first partial result
    SAMPLE_ROW = 14,        // per sample: row
    SAMPLE_TARGET = 15,     // per sample: index in sampled where the token goes
    SAMPLE_PARAMETERS = 16, // per sample: 1 / temperature (0 for greedy), top-p as floats, top-k, random bits low, high
    HEADER_INTS = 17
};

enum SampleParameter { INVERSE_TEMPERATURE = 0, TOP_P = 1, TOP_K = 2, RANDOM_LOW = 3, RANDOM_HIGH = 4, SAMPLE_INTS = 5 };

DEVICE int step_value(const int* step, StepField field, int index) { return step[step[field] + index]; }
