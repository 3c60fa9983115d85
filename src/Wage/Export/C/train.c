. Reads samples from standard input, to its end: a byte of label (255: none), then the
   MODEL_PIXELS bytes of an image. TRAINING_BATCH of them are a step; a rest is not used. Prints each step, then the SHA-256 of the weights. */
#include <stdio.h>
#include "training.h"

static training_state state;
static uint8_t images[TRAINING_BATCH * MODEL_PIXELS], labels[TRAINING_BATCH];

/* One sample: its bytes that were there. */
static size_t read_sample(uint8_t *label, uint8_t *pixels)
{
    const size_t first = fread(label, 1, 1, stdin);
    return first == 0 ? 0 : 1 + fread(pixels, 1, MODEL_PIXELS, stdin);
}

int main(void)
{
    uint8_t digest[32];
    int32_t count = 0, i;
    size_t length;
    training_begin(&state);
    while ((length = read_sample(&labels[count], &images[count * MODEL_PIXELS])) == 1 + MODEL_PIXELS) {
        if (++count < TRAINING_BATCH) continue;
        printf("step %lu: ", (unsigned long)state.step);
        printf("%ld of %ld right\n", (long)training_step(&state, images, labels, count), (long)count);
        count = 0;
    }
    if (ferror(stdin)) {
        fputs("standard input: cannot be read\n", stderr);
        return 1;
    }
    printf("weights ");
    training_sha256(&state, digest);
    for (i = 0; i < 32; i++) printf("%02x", (unsigned)digest[i]);
    putchar('\n');
    if (fflush(stdout) != 0 || ferror(stdout)) {
        fputs("standard output: cannot be written\n", stderr);
        return 1;
    }
    if (length != 0) {
        fprintf(stderr, "standard input: ends within a sample of %d bytes\n", 1 + MODEL_PIXELS);
        return 2;
    }
    return 0;
}
