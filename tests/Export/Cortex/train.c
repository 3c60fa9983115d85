/* Trains a model on samples: the SHA-256 of its weights, then the instructions of a step. */
#include "training.h"
#include "samples.h"
#include "board.h"

static void run(void)
{
    static training_state state;
    uint8_t digest[32];
    uint64_t all = 0;
    int32_t i;
    training_begin(&state);
    for (i = 0; i < STEPS; i++) {
        const uint64_t before = instructions();
        training_step(&state, &images[i * TRAINING_BATCH * MODEL_PIXELS], &labels[i * TRAINING_BATCH], TRAINING_BATCH);
        all += instructions() - before;
    }
    training_sha256(&state, digest);
    semihost(0x04u, "weights ");
    for (i = 0; i < 64; i++) {
        const char digit[2] = { "0123456789abcdef"[digest[i / 2] >> (i % 2 == 0 ? 4 : 0) & 15], '\0' };
        semihost(0x04u, digit);
    }
    print("\ninstructions ", (int64_t)(all / STEPS));
    semihost(0x04u, "\n");
}
