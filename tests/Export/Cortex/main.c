/* Asks a model about images: scores, a line an image, then the instructions of one. */
#include "model.h"
#include "images.h"
#include "board.h"

static void run(void)
{
    static model_score scores[MODEL_CLASSES];
    uint64_t all = 0;
    int32_t i, k;
    for (i = 0; i < IMAGES; i++) {
        const uint64_t before = instructions();
        model_run(&images[i * MODEL_PIXELS], scores);
        all += instructions() - before;
        for (k = 0; k < MODEL_CLASSES; k++) print(k == 0 ? ": " : " ", scores[k]);
        semihost(0x04u, "\n");
    }
    print("instructions ", (int64_t)(all / IMAGES));
    semihost(0x04u, "\n");
}
